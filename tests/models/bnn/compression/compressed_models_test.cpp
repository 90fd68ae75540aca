// SPDX-License-Identifier: Apache-2.0
// Every model that has the parameter `compression`.
#include <tbb/global_control.h>

#include "models/model.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

std::vector<std::string> models_with_compression() {
  std::vector<std::string> names;
  for (const std::string& name : Registry<Model>::instance().names())
    for (const ParameterInfo& p : Registry<Model>::instance().find(name).parameters())
      if (p.name == "compression") names.push_back(name);
  return names;
}

const Json kDirections = {{"criterion", "eigendamage"}, {"smaller", 2}, {"epochs", 30}};

std::unique_ptr<const Posterior> fitted(const std::string& name, const Json& compression, const TrainingData& data,
                                        const Json& more = Json::object()) {
  Json parameters = test::cheap_parameters(name);
  parameters["units"] = {40, 40};
  parameters["compression"] = compression;
  parameters.update(more);
  return test::model(name, parameters)->fit(data, Stream(1));
}

TEST_CASE("compressed models: those whose networks are trained to an end", "[models]") {
  CHECK(models_with_compression() ==
        std::vector<std::string>{"deep-ensemble", "laplace", "mc-dropout", "multi-swag", "swag"});
}

TEST_CASE("compressed models: sound, joint, on record, and the same bits on any number of threads", "[models]") {
  const TrainingData data = test::curve(40, 3, 1);
  const Matrix query = test::query_points(12);
  for (const std::string& name : models_with_compression())
    for (const char* criterion : {"eigendamage", "kron-obs", "obs"}) {
      CAPTURE(name, criterion);
      Json compression = kDirections;
      compression["criterion"] = criterion;
      const auto posterior = fitted(name, compression, data);
      const JointPrediction p = posterior->predict(query);
      test::check_sound(p, 12);
      CHECK(test::difference(posterior->predict(query.topRows(5)).latent.matrix(),
                             p.latent.matrix().topLeftCorner(5, 5)) < 1e-4);
      const Diagnostics record = posterior->diagnostics();
      CHECK(record.at("compression.weights.after") < 0.55 * record.at("compression.weights.before"));
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
      CHECK(test::identical(fitted(name, compression, data)->predict(query), p));
    }
}

TEST_CASE("compressed models: half the size, they still know the curve", "[models]") {
  const TrainingData data = test::curve(80, 2, 1), unseen = test::curve(40, 2, 2);
  const double spread = (unseen.targets.array() - unseen.targets.mean()).square().sum();
  for (const std::string& name : models_with_compression()) {
    CAPTURE(name);
    const auto posterior = fitted(name, {{"criterion", "eigendamage"}, {"smaller", 2}, {"epochs", 200}}, data,
                                  {{"epochs", name == "laplace" ? 1000 : 300}});
    CHECK((posterior->predict(unseen.inputs).mean - unseen.targets).squaredNorm() < 0.5 * spread);
  }
}

TEST_CASE("compressed models: what cannot be is refused by its key", "[models]") {
  const TrainingData data = test::curve(40, 3, 1);
  for (const std::string& name : models_with_compression()) {
    CAPTURE(name);
    CHECK(test::refusal_of([&] {
            fitted(name, kDirections, data, {{"pruning", {{"criterion", "snip"}, {"sparsity", 0.5}}}});
          }).find("set either pruning or compression") != std::string::npos);
    CHECK(test::refusal_of([&] {
            fitted(name, {{"criterion", "eigendamage"}, {"smaller", 500}, {"epochs", 1}}, data);
          }).find("compression.smaller: of 1") != std::string::npos);
    CHECK(test::refusal_of([&] {
            fitted(name, {{"criterion", "network-slimming"}}, data);
          }).find("compression.criterion: network-slimming") != std::string::npos);
  }
  CHECK(test::refusal_of([&] {
          fitted("deep-ensemble", kDirections, data, {{"anchored", true}});
        }).find("compression is not for anchored members") != std::string::npos);
  for (const char* name : {"gp", "bbb", "dkl", "neural-linear"})
    CHECK(test::refusal_of([&] {
            test::model(name, {{"compression", kDirections}});
          }).find("unknown parameter 'compression'") != std::string::npos);
}

}  // namespace
}  // namespace predcorr::models
