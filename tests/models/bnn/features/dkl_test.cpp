// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "models/bnn/engine/network.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters = Json::object(),
                                        std::uint64_t seed = 1) {
  return test::model("dkl", parameters)->fit(data, Stream(seed));
}

/// Learning rate too small to move a float: the network stays at its start.
Json still(Json parameters) {
  parameters["epochs"] = 1;
  parameters["learning_rate"] = 1e-30;
  return parameters;
}

TEST_CASE("dkl: the exact GP on the network's outputs", "[models]") {
  const TrainingData data = test::curve(30, 3, 5);
  const Matrix query = test::query_points(7);
  for (const Json& units : {Json::array(), Json{6}, Json{6, 5}}) {
    INFO(units.dump());
    const auto posterior = fitted(data, still({{"units", units}, {"features", 3}}));
    // The untrained network again, as a function in double of its own weights.
    const Network network({3, units.get<std::vector<int>>(), 3, Activation::relu, true});
    Stream initial = Stream(1).fork("initial");
    const VectorF parameters = network.initial_parameters(initial);
    const auto features = [&](const Matrix& rows) {
      Matrix a = rows.transpose();
      for (const Network::Layer& layer : network.layers()) {
        const Matrix w =
            Eigen::Map<const MatrixF>(parameters.data() + layer.at, layer.outputs, layer.inputs + 1).cast<double>();
        a = (((w.leftCols(layer.inputs) * a).colwise() + w.col(layer.inputs)) /
             std::sqrt(static_cast<double>(layer.inputs + 1)))
                .eval();
        if (&layer != &network.layers().back()) a = a.cwiseMax(0.0).eval();
      }
      return Matrix(a.transpose());
    };
    const TrainingData seen{features(data.inputs), data.targets};
    const auto gp = test::model("gp", {{"steps", 0}})->fit(seen, Stream(1));
    test::check_equal(posterior->predict(query), gp->predict(features(query)), 1e-4);  // features are floats
    for (const char* name : {"log_marginal_likelihood", "signal_variance", "noise_variance"})
      CHECK(posterior->diagnostics().at(name) == Approx(gp->diagnostics().at(name)).epsilon(1e-4));
  }
}

TEST_CASE("dkl: training raises the evidence, of weights and of hyper-parameters", "[models]") {
  const TrainingData data = test::curve(40, 2, 3);
  const Json parameters = {{"units", {10}}, {"features", 2}};
  Json longer = parameters;
  double before = fitted(data, still(parameters))->diagnostics().at("log_marginal_likelihood");
  for (const int epochs : {30, 100, 300}) {
    longer["epochs"] = epochs;
    const double now = fitted(data, longer)->diagnostics().at("log_marginal_likelihood");
    CHECK(now > before + 1);
    before = now;
  }
}

TEST_CASE("dkl: a linear network learns the GP's kernel in turned coordinates", "[models]") {
  // With as many outputs as inputs the RBF kernel of a linear map contains the ARD kernel, so the evidence cannot be
  // much less than the GP's at its optimum.
  const TrainingData data = test::curve(60, 2, 3);
  const double gp = test::model("gp")->fit(data, Stream(1))->diagnostics().at("log_marginal_likelihood");
  const auto posterior =
      fitted(data, {{"units", Json::array()}, {"features", 2}, {"epochs", 1000}, {"weight_decay", 0}});
  CHECK(posterior->diagnostics().at("log_marginal_likelihood") > gp - 2);
  test::check_noise_found(*posterior, data);
  CHECK(posterior->diagnostics().at("noise_variance") ==
        Approx(test::stationary_noise(*posterior, data)).epsilon(1e-3));
}

TEST_CASE("dkl: the penalty holds the weights back, in units of nats", "[models]") {
  const TrainingData data = test::curve(40, 2, 3);
  const auto evidence = [&](double decay) {
    return fitted(data, {{"units", {10}}, {"weight_decay", decay}})->diagnostics().at("log_marginal_likelihood");
  };
  CHECK(evidence(0) > evidence(10) + 1);
}

TEST_CASE("dkl: units of the targets carry through", "[models]") {
  const TrainingData data = test::curve(25, 2, 3);
  const Json parameters = {{"units", {8}}, {"epochs", 40}};
  const Matrix query = test::query_points(5, 2);
  // Floats hold log variances that are 20 larger to 1e-6, and steps of Adam build on that.
  test::check_equal(fitted(test::with_targets_times(data, 32768), parameters)->predict(query),
                    fitted(data, parameters)->predict(query).affine(32768, 0), 1e-2);
}

TEST_CASE("dkl: few rows, repeated rows, constant columns", "[models]") {
  for (const Index rows : {2, 5, 20}) {
    TrainingData data = test::curve(rows, 3, 3);
    data.inputs.col(1).setConstant(0.7);
    if (rows == 20) data.inputs.bottomRows(10) = data.inputs.topRows(10).eval();
    const auto posterior = fitted(data, {{"epochs", 30}});
    test::check_sound(posterior->predict(test::query_points(15)), 15);
    test::check_sound(posterior->predict(data.inputs), rows);
  }
}

TEST_CASE("dkl: a noise that is known stays as it is", "[models]") {
  const Json known = {{"start", 0.3}, {"learn", false}};
  const auto posterior = fitted(test::curve(20, 2, 3), {{"epochs", 20}, {"noise_variance", known}});
  CHECK(posterior->diagnostics().at("noise_variance") == test::close(0.3));
  CHECK(posterior->predict(test::query_points(2, 2)).noise_variance(1) == test::close(0.3));
}

TEST_CASE("dkl: divergence says the step, parameters out of range are named", "[models]") {
  const std::string diverged = test::error_of([] { fitted(test::curve(20, 2, 3), {{"learning_rate", 1e38}}); });
  INFO(diverged);
  CHECK(diverged.starts_with("numerical: training, step "));
  CHECK(test::error_of([] { test::model("dkl", {{"features", 0}}); }) ==
        "config: test.parameters.features: must be from 1 to 1000, got 0");
  CHECK(test::error_of([] { test::model("dkl", {{"weight_decay", -1}}); }) ==
        "config: test.parameters.weight_decay: must be at least 0, got -1");
}

}  // namespace
}  // namespace predcorr::models
