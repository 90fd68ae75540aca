// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/linalg/cholesky.hpp"
#include "metrics/active_learning/criterion.hpp"
#include "metrics/metric.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

/// metrics_small.json or metrics_medium.json: an oracle, three models, what came true, and every score.
struct Fixture {
  explicit Fixture(const std::string& file) : json(reference(file)) {
    evaluation.y = vector(json.at("y"));
    evaluation.n_pool = json.at("n_pool").get<Index>();
    evaluation.oracle = prediction(json.at("oracle"));
    for (const auto& [name, model] : json.at("models").items()) models[name] = prediction(model);
  }
  const Json& expected(const std::string& model) const { return json.at("expected").at(model); }

  Json json;
  EvaluationData evaluation;
  std::map<std::string, JointPrediction> models;
};

/// The same distribution three ways: dense, by a Cholesky factor, and by the factor of what 0.03 I leaves, plus 0.03 I.
inline std::vector<std::pair<std::string, JointPrediction>> forms(const JointPrediction& dense) {
  const Index n = dense.size();
  const auto factor = [](const Matrix& m) { return RowMatrix(Cholesky(m, 0).lower()); };
  JointPrediction factored = dense, split = dense;
  factored.latent = Covariance::from_factor(factor(dense.latent.matrix()));
  split.latent =
      Covariance::from_factor(factor(dense.latent.matrix() - 0.03 * Matrix::Identity(n, n)), Vector::Constant(n, 0.03));
  return {{"dense", dense}, {"factor", factored}, {"factor and diagonal", split}};
}

/// For both files, every model and every form: `check(fixture, expected scores, prediction)`.
template <class F>
void for_every_prediction(const F& check) {
  for (const char* file : {"metrics_small.json", "metrics_medium.json"}) {
    const Fixture fixture(file);
    REQUIRE(fixture.models.size() == 3);
    for (const auto& [name, model] : fixture.models)
      for (const auto& [form, prediction] : forms(model)) {
        INFO(file << ", model " << name << ", " << form);
        check(fixture, fixture.expected(name), prediction);
      }
  }
}

inline std::vector<Score> scores(const std::string& metric, const EvaluationData& evaluation,
                                 const JointPrediction& prediction) {
  return Registry<Metric>::instance().make({.name = metric}, "test").object->score(evaluation, prediction);
}

/// The value of a metric that is one number; fails the test where it is absent.
inline double score(const std::string& metric, const EvaluationData& evaluation, const JointPrediction& prediction) {
  const std::vector<Score> all = scores(metric, evaluation, prediction);
  REQUIRE(all.size() == 1);
  INFO(all[0].reason);
  REQUIRE(all[0].value.has_value());
  return *all[0].value;
}

inline Selection select(const std::string& criterion, const JointPrediction& prediction, Index n_pool, Index batch,
                        std::uint64_t seed = 1) {
  const auto object = Registry<Criterion>::instance().make({.name = criterion}, "test").object;
  return object->select(prediction, n_pool, batch, Stream(seed));
}

/// n correlated points whose covariance has a factor of `width` columns; noise between 0.05 and 0.25.
inline JointPrediction random_prediction(Index n, Index width, std::uint64_t seed) {
  Stream stream(seed);
  JointPrediction p;
  p.mean = stream.normals(n);
  p.latent = Covariance::from_factor(RowMatrix(stream.normals(n * width).reshaped(n, width)));
  p.noise_variance = Vector::NullaryExpr(n, [&] { return 0.05 + 0.2 * stream.uniform(); });
  return p;
}

/// The dense form of any prediction.
inline JointPrediction densified(JointPrediction p) {
  p.latent = Covariance::dense(p.latent.matrix());
  return p;
}

}  // namespace predcorr::test
