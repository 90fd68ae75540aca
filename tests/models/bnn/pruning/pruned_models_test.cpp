// SPDX-License-Identifier: Apache-2.0
// Every model that has the parameter `pruning`.
#include <tbb/global_control.h>

#include <cmath>

#include "models/model.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

const Json kHalf = {{"criterion", "grasp"}, {"sparsity", 0.5}, {"rows", 20}};

/// Models of the parameter, with budgets of tests.
std::vector<std::string> models_with_pruning() {
  std::vector<std::string> names;
  for (const std::string& name : Registry<Model>::instance().names())
    for (const ParameterInfo& p : Registry<Model>::instance().find(name).parameters())
      if (p.name == "pruning") names.push_back(name);
  return names;
}

std::unique_ptr<const Posterior> fitted(const std::string& name, const Json& pruning, const TrainingData& data,
                                        const Json& more = Json::object()) {
  Json parameters = test::cheap_parameters(name);
  parameters["pruning"] = pruning;
  parameters.update(more);
  return test::model(name, parameters)->fit(data, Stream(1));
}

TEST_CASE("pruned models: those that train networks by gradient", "[models]") {
  CHECK(models_with_pruning() == std::vector<std::string>{"bbb", "deep-ensemble", "dkl", "hmc", "laplace", "mc-dropout",
                                                          "multi-swag", "neural-linear", "sghmc", "sgld", "swag"});
}

TEST_CASE("pruned models: sound, joint, on record, and the same bits on any number of threads", "[models]") {
  const TrainingData data = test::curve(40, 3, 1);
  for (const std::string& name : models_with_pruning()) {
    CAPTURE(name);
    const auto posterior = fitted(name, kHalf, data);
    const Matrix query = test::query_points(12);
    const JointPrediction p = posterior->predict(query);
    test::check_sound(p, 12);
    const JointPrediction few = posterior->predict(query.topRows(5));
    CHECK(test::difference(few.latent.matrix(), p.latent.matrix().topLeftCorner(5, 5)) < 1e-4);
    const Diagnostics record = posterior->diagnostics();
    CHECK(record.at("pruning.weights.before") >= 30);
    // As many as sparsity says, or fewer where some lead nowhere.
    CHECK(record.at("pruning.weights.after") <= 0.5 * record.at("pruning.weights.before") + 1);
    CHECK(record.at("pruning.weights.after") >= 0.2 * record.at("pruning.weights.before"));
    CHECK(record.at("pruning.operations.after") <= record.at("pruning.operations.before"));
    CHECK(record.at("pruning.bytes.after") > 0);
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    CHECK(test::identical(fitted(name, kHalf, data)->predict(query), p));
  }
}

TEST_CASE("pruned models: without pruning there is nothing on record, and a sparsity of nothing changes nothing",
          "[models]") {
  const TrainingData data = test::curve(40, 3, 1);
  const Matrix query = test::query_points(6);
  for (const std::string& name : models_with_pruning()) {
    CAPTURE(name);
    const auto plain = fitted(name, "none", data);
    CHECK(plain->diagnostics().count("pruning.weights.after") == 0);
    const auto none = fitted(name, {{"criterion", "magnitude"}, {"sparsity", 0}}, data);
    test::check_equal(none->predict(query), plain->predict(query));
    CHECK(none->diagnostics().at("pruning.weights.after") == none->diagnostics().at("pruning.weights.before"));
  }
}

TEST_CASE("pruned models: they still learn", "[models]") {
  const TrainingData data = test::curve(80, 2, 1), unseen = test::curve(40, 2, 2);
  for (const char* name : {"deep-ensemble", "laplace", "mc-dropout", "swag", "neural-linear", "dkl"}) {
    CAPTURE(name);
    const Json more = {{"units", {40}}, {"epochs", 1000}};
    const auto posterior = fitted(name, {{"criterion", "grasp"}, {"sparsity", 0.5}}, data, more);
    const Vector error = posterior->predict(unseen.inputs).mean - unseen.targets;
    CHECK(error.squaredNorm() < 0.5 * (unseen.targets.array() - unseen.targets.mean()).square().sum());
  }
}

TEST_CASE("pruned models: members of an ensemble are pruned each by itself", "[models]") {
  const TrainingData data = test::curve(40, 3, 1);
  const Json pruning = {{"criterion", "random"}, {"sparsity", 0.5}};
  const auto posterior = fitted("deep-ensemble", pruning, data, {{"members", 20}, {"units", {8}}});
  const Diagnostics record = posterior->diagnostics();
  const double weights = record.at("pruning.weights.after");
  CHECK(weights != std::round(weights));  // a mean of different masks
}

TEST_CASE("pruned models: what cannot be is refused by its key", "[models]") {
  const TrainingData data = test::curve(40, 3, 1);
  const auto refusal = [&](const std::string& name, const Json& pruning) {
    return test::refusal_of([&] { fitted(name, pruning, data); });
  };
  for (const std::string& name : models_with_pruning()) {
    CAPTURE(name);
    CHECK(refusal(name, {{"criterion", "snip"}, {"sparsity", 1}}).find("sparsity") != std::string::npos);
    CHECK(refusal(name, {{"criterion", "random"}, {"sparsity", 0.99}}).find("would be left of the") !=
          std::string::npos);
  }
  for (const char* name : {"gp", "constant", "nng", "bayesian-linear"}) {
    CAPTURE(name);
    const std::string said = test::refusal_of([&] { test::model(name, {{"pruning", kHalf}}); });
    CHECK(said.find("unknown parameter 'pruning'") != std::string::npos);
  }
}

}  // namespace
}  // namespace predcorr::models
