// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metrics/active_learning/active_learning.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

/// A toy of 15 training, 20 pool and 10 test rows, with its truth.
inline const Problem& toy() {
  static const Problem problem = [] {
    const Json parameters = {{"dim", 2}, {"train", 15}, {"pool", 20}, {"test", 10}};
    const auto source =
        Registry<DatasetSource>::instance().make({.name = "toy-relu", .parameters = parameters}, "test");
    DataRequest request;
    request.protocol.name = ProtocolName::modern;
    return Problem(*source.object, request);
  }();
  return problem;
}

inline NamedModel learner(const std::string& label, const std::string& model, const Json& parameters,
                          std::uint64_t seed) {
  const auto object = Registry<Model>::instance().make({.name = model, .parameters = parameters}, "test").object;
  return {label, object, Stream(seed)};
}
inline NamedModel ridge(const std::string& label, double penalty = 1, std::uint64_t seed = 5) {
  const Json base = {{"model", "ridge"}, {"parameters", {{"penalties", penalty}}}};
  return learner(label, "bootstrap", {{"base", base}, {"members", 10}}, seed);
}

inline std::vector<LearningRound> run(const std::string& criterion, const NamedModel* selector,
                                      const std::vector<NamedModel>& predictors, const LearningOptions& options,
                                      std::uint64_t seed = 1) {
  const auto rmse = Registry<Metric>::instance().make({.name = "rmse"}, "test").object;
  const auto joint = Registry<Metric>::instance().make({.name = "joint_log_likelihood"}, "test").object;
  return learn_actively(toy(), *Registry<Criterion>::instance().make({.name = criterion}, "test").object, selector,
                        predictors, options, {rmse.get(), joint.get()}, Stream(seed));
}

inline std::vector<Rows> picks(const std::vector<LearningRound>& rounds) {
  std::vector<Rows> all;
  for (const LearningRound& round : rounds) all.push_back(round.acquired);
  return all;
}

inline double rmse_of(const LearningRound& round, const std::string& label) {
  return round.scores.at(label).at(0).value.value();
}

}  // namespace predcorr::test
