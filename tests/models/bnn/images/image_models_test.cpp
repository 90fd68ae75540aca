// SPDX-License-Identifier: Apache-2.0
// The models whose networks may begin with layers on images, each on small images of a bar whose angle is the target.
#include <tbb/global_control.h>

#include <cmath>

#include "models/model.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

constexpr Index kSide = 8;

TrainingData bars(Index n, std::uint64_t seed) {
  Stream stream(seed);
  TrainingData data{Matrix(n, kSide * kSide), Vector(n)};
  data.image = ImageShape{kSide, kSide, 1};
  for (Index i = 0; i < n; ++i) {
    data.targets(i) = 2 * stream.uniform() - 1;
    const double angle = 0.8 * data.targets(i);
    for (Index y = 0; y < kSide; ++y)
      for (Index x = 0; x < kSide; ++x) {
        const double across =
            std::cos(angle) * (static_cast<double>(x) - 3.5) + std::sin(angle) * (static_cast<double>(y) - 3.5);
        data.inputs(i, y * kSide + x) = 2 * std::exp(-across * across) - 0.5 + 0.1 * stream.normal();
      }
  }
  data.targets *= 1.7;
  return data;
}

const Json kSmall = Json::parse(R"([
  {"layer": "convolution", "channels": 4, "stride": 2, "bias": false}, "batch-norm", "activation",
  {"layer": "residual", "body": [{"layer": "convolution", "channels": 4}, "batch-norm"]}, "activation",
  {"layer": "convolution", "channels": 4, "groups": 4}, "activation", "global-average-pool",
  {"layer": "dense", "units": 8}])");

struct Case {
  std::string model;
  Json parameters;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"deep-ensemble", {{"members", 4}, {"epochs", 60}}},
      {"deep-ensemble",
       {{"members", 3}, {"epochs", 60}, {"heteroscedastic", false}, {"validation", 0.2}, {"prior_scale", 0.5}}},
      {"deep-ensemble", {{"members", 3}, {"epochs", 60}, {"noise_variance", 0.05}, {"anchored", true}}},
      {"mc-dropout", {{"epochs", 100}, {"samples", 50}}},
      {"swag", {{"epochs", 60}, {"swag_epochs", 10}, {"samples", 10}, {"swag_learning_rate", 0.01}}},
      {"multi-swag",
       {{"epochs", 60}, {"swag_epochs", 10}, {"samples", 4}, {"members", 3}, {"swag_learning_rate", 0.01}}},
      {"laplace", {{"epochs", 120}, {"rounds", 2}, {"structure", "kronecker"}}},
      {"laplace", {{"epochs", 120}, {"rounds", 2}, {"structure", "kronecker"}, {"layerwise", true}}},
      {"laplace", {{"epochs", 120}, {"rounds", 2}, {"structure", "last-layer"}}},
      {"neural-linear", {{"epochs", 100}}},
      {"dkl", {{"epochs", 60}}}};
  return all;
}

std::unique_ptr<const Posterior> fitted(const Case& c, const Json& network, const TrainingData& data) {
  Json parameters = c.parameters;
  parameters["network"] = network;
  return Registry<Model>::instance()
      .make({.name = c.model, .parameters = parameters}, "test")
      .object->fit(data, Stream(1));
}

TEST_CASE("image models: each learns the angle of a bar, and says how certain it is", "[models]") {
  const TrainingData data = bars(80, 1), test = bars(40, 2);
  for (const Case& c : cases()) {
    CAPTURE(c.model, c.parameters.dump());
    const auto posterior = fitted(c, kSmall, data);
    const JointPrediction p = posterior->predict(test.inputs);
    CHECK((p.mean - test.targets).squaredNorm() < 0.35 * test.targets.squaredNorm());
    CHECK(p.latent.diagonal().minCoeff() >= 0);
    CHECK(p.latent.diagonal().maxCoeff() > 0);
    // Predictions of some of the points are those of all of them.
    const JointPrediction few = posterior->predict(test.inputs.topRows(7));
    CHECK(test::difference(few.mean, p.mean.head(7)) < 1e-6);
    CHECK(test::difference(few.latent.matrix(), p.latent.matrix().topLeftCorner(7, 7)) < 1e-4);
  }
}

TEST_CASE("image models: the same bits on one thread and on four", "[models]") {
  const TrainingData data = bars(30, 1), test = bars(6, 2);
  for (const std::size_t c : {std::size_t{0}, std::size_t{5}, std::size_t{6}}) {
    CAPTURE(cases()[c].model);
    Case short_case = cases()[c];
    short_case.parameters["epochs"] = 4;
    const auto by = [&](std::size_t threads) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      return fitted(short_case, kSmall, data)->predict(test.inputs);
    };
    CHECK(test::identical(by(1), by(4)));
  }
}

TEST_CASE("image models: training in 8 bits learns as well, and is on record", "[models]") {
  const TrainingData data = bars(80, 1), test = bars(40, 2);
  for (Case c : cases()) {
    if (c.parameters.contains("prior_scale") || c.parameters.contains("layerwise")) continue;
    CAPTURE(c.model, c.parameters.dump());
    c.parameters["precision"] = "int8";
    const auto posterior = fitted(c, kSmall, data);
    const JointPrediction p = posterior->predict(test.inputs);
    CHECK((p.mean - test.targets).squaredNorm() < 0.4 * test.targets.squaredNorm());
    const Diagnostics record = posterior->diagnostics();
    // Convolutions but for the first, and the hidden layer.
    for (const char* layer : {"layer1", "layer2", "layer3"})
      for (const char* moment : {"first", "middle", "last"}) {
        const std::string name = std::string("int8.") + layer;
        CHECK(record.at(name + ".deviation." + moment) > 0);
        CHECK(record.at(name + ".clip." + moment) > 0);
        CHECK(record.at(name + ".clipped." + moment) < 0.5);
        CHECK(record.at(name + ".rate_factor." + moment) >= 0.1);
      }
    CHECK(record.count("int8.layer4.deviation.last") == 0);
    const auto by = [&](std::size_t threads) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      return fitted(c, kSmall, data)->predict(test.inputs);
    };
    CHECK(test::identical(by(4), p));
  }
}

TEST_CASE("image models: pruned, in float and in 8 bits, each still learns, and smaller matrices are on record",
          "[models]") {
  const TrainingData data = bars(80, 1), test = bars(40, 2);
  for (Case c : cases()) {
    CAPTURE(c.model, c.parameters.dump());
    c.parameters["pruning"] = {{"criterion", "synflow"}, {"sparsity", 0.6}};
    for (const char* precision : {"float", "int8"}) {
      CAPTURE(precision);
      c.parameters["precision"] = precision;
      const auto posterior = fitted(c, kSmall, data);
      const JointPrediction p = posterior->predict(test.inputs);
      CHECK((p.mean - test.targets).squaredNorm() < 0.6 * test.targets.squaredNorm());
      CHECK(test::difference(posterior->predict(test.inputs.topRows(7)).latent.matrix(),
                             p.latent.matrix().topLeftCorner(7, 7)) < 1e-4);
      const Diagnostics record = posterior->diagnostics();
      CHECK(record.at("pruning.weights.after") <= 0.41 * record.at("pruning.weights.before"));
    }
  }
}

TEST_CASE("image models: a fully connected network trains in 8 bits, too", "[models]") {
  const TrainingData data = bars(80, 1), test = bars(40, 2);
  const Case c{"deep-ensemble",
               {{"members", 3}, {"epochs", 60}, {"units", {32, 32}}, {"precision", {{"type", "int8"}, {"period", 7}}}}};
  const auto posterior = fitted(c, "mlp", data);
  CHECK((posterior->predict(test.inputs).mean - test.targets).squaredNorm() < 0.4 * test.targets.squaredNorm());
  CHECK(posterior->diagnostics().at("int8.layer1.clip.last") > 0);
}

TEST_CASE("image models: precisions that are none are refused by their key", "[models]") {
  const auto refused = [](const Json& precision) {
    return test::error_of([&] { fitted({"swag", {{"precision", precision}}}, "mlp", bars(20, 1)); });
  };
  CHECK(refused("int4").find(R"(precision: must be "float", "int8" or an object with "type": "int8", got "int4")") !=
        std::string::npos);
  CHECK(refused({{"type", "int8"}, {"bits", 4}}).find("unknown parameter 'bits'") != std::string::npos);
  CHECK(refused({{"type", "int8"}, {"clipping", "least"}}).find("direction, max, percentile, mean-square") !=
        std::string::npos);
  CHECK(test::error_of([&] { test::model("bbb", {{"precision", "int8"}}); }).find("unknown parameter 'precision'") !=
        std::string::npos);
}

TEST_CASE("image models: data that are no images, and structures that are not for images, are refused", "[models]") {
  TrainingData rows = bars(20, 1);
  rows.image.reset();
  for (const Case& c : cases()) {
    CAPTURE(c.model);
    CHECK(test::error_of([&] { fitted(c, "resnet-8", rows); }) ==
          "config: network \"resnet-8\" is for images, which these data are not; use \"mlp\", or a data set of "
          "images");
  }
  const Json vast = {{{"layer", "convolution"}, {"channels", 4096}}, {{"layer", "convolution"}, {"channels", 4096}}};
  CHECK(test::error_of([&] {
          fitted({"deep-ensemble", {}}, vast, bars(20, 1));
        }).find("has 151040000 weights on images of 8 x 8 x 1; at most 100000000 are possible") != std::string::npos);
  CHECK(test::error_of([&] {
          fitted({"laplace", {{"epochs", 4}}}, kSmall, bars(20, 1));
        }).find("structure 'full' is not for networks on images; use kronecker or last-layer") != std::string::npos);
  CHECK(test::error_of([&] {
          fitted({"deep-ensemble", {}}, "vgg-8", [] {
            TrainingData data = bars(20, 1);
            data.image = ImageShape{2, 32, 1};
            return data;
          }());
        }).find("shapes before it: 2 x 32 x 1; convolution 3x3: 2 x 32 x 16") != std::string::npos);
}

}  // namespace
}  // namespace predcorr::models
