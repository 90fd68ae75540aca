// SPDX-License-Identifier: Apache-2.0
#include "models/mcmc/settling.hpp"

#include <algorithm>

#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

Settling watched(double slope) {
  Settling settling("noise_variance", 50);
  for (long step = 1; step <= 50; ++step) settling.observe(step, slope * static_cast<double>(step));
  return settling;
}

TEST_CASE("settling: the move over the last tenth of the steps", "[models]") {
  CHECK(watched(0.03).moved() == Approx(0.15));  // from step 45 to step 50
  CHECK(watched(0.03).recorded({{"a", 2}}) ==
        std::map<std::string, double>{{"a", 2}, {"noise_variance.moved", 0.03 * 50 - 0.03 * 45}});
  CHECK(Settling("x", 10).moved() == 0);
  CHECK(Settling::of_mean("x", Vector{{0.1, 0.4}}).moved() == Approx(0.25));
  Settling half("x", 50, true);
  for (long step = 1; step <= 50; ++step) half.observe(step, static_cast<double>(step));
  CHECK(half.moved() == 25);
  CHECK(half.warnings("")[0].find(" over the last half of the steps") != std::string::npos);
  Settling few("x", 4);  // no tenth: nothing to tell
  few.observe(3, 1);
  few.observe(4, 5);
  CHECK(few.moved() == 0);
}

TEST_CASE("settling: a sentence only where it moved by more than a tenth", "[models]") {
  CHECK(watched(0.019).warnings("raise epochs").empty());
  CHECK(watched(-0.03).warnings("raise epochs") ==
        std::vector<std::string>{"training ended before noise_variance had settled: its logarithm moved by -0.15 over "
                                 "the last tenth of the steps (trusted up to 0.1); raise epochs"});
}

bool ended_too_soon(const std::vector<std::string>& warnings) {
  return std::any_of(warnings.begin(), warnings.end(), [](const std::string& warning) {
    return warning.starts_with("training ended before noise_variance had settled: its logarithm moved by ");
  });
}

TEST_CASE("settling: models that learn their noise by gradient steps say if they ended too soon", "[models]") {
  // Nothing but noise, of variance 4e-4, which is far from where each of them begins.
  Stream stream(3);
  const TrainingData data{stream.normals(120).reshaped(60, 2), 0.02 * stream.normals(60)};
  const Json few = {{"epochs", 30}, {"learning_rate", 0.1}, {"units", 5}};
  const auto with = [&](const Json& own) {
    Json all = few;
    all.update(own);
    return all;
  };
  const std::vector<std::pair<const char*, Json>> all = {
      {"bbb", with({{"samples", 2}})},
      {"mc-dropout", with({{"samples", 2}, {"epochs", 60}})},
      {"nng", with({{"samples", 2}})},
      {"swag", with({{"swag_epochs", 2}, {"samples", 2}})},
      {"multi-swag", with({{"swag_epochs", 2}, {"samples", 2}, {"members", 2}})},
      {"deep-ensemble", with({{"heteroscedastic", false}, {"members", 2}})},
      {"deep-ensemble", with({{"heteroscedastic", false}, {"members", 2}, {"prior_scale", 0.01}})},
      {"dkl", with({{"noise_variance", {{"start", 10}}}})},
      {"svgp", {{"steps", 30}, {"learning_rate", 0.2}, {"inducing_points", 5}, {"noise_variance", {{"start", 10}}}}}};
  for (const auto& [name, parameters] : all) {
    INFO(name);
    const auto fitted = test::model(name, parameters)->fit(data, Stream(1));
    CHECK(std::abs(fitted->diagnostics().at("noise_variance.moved")) > kLargestTrustedMove);
    const std::vector<std::string> warnings = fitted->warnings();
    CHECK(ended_too_soon(warnings));
  }
  // A noise that is given is not watched.
  CHECK_FALSE(ended_too_soon(
      test::model("bbb", with({{"samples", 2}, {"noise_variance", 0.1}}))->fit(data, Stream(1))->warnings()));
}

}  // namespace
}  // namespace predcorr::models
