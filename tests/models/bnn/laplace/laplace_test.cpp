// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/linear_regression.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

Json linear(const std::string& structure) {
  return {
      {"units", Json::array()}, {"structure", structure}, {"batch", 1000}, {"epochs", 4000}, {"learning_rate", 0.03}};
}

TEST_CASE("laplace: a linear network is Bayesian linear regression", "[models]") {
  const TrainingData data = test::line(40);
  const Matrix query = test::query_points(7);
  const test::LinearRegression expected(data, query, 0.3, 1 / 0.8);
  for (const std::string structure : {"full", "kronecker", "last-layer"}) {
    INFO(structure);
    Json parameters = linear(structure);
    parameters.update({{"noise_variance", 0.3}, {"prior_precision", 0.8}, {"learn_hyper_parameters", false}});
    const auto posterior = test::model("laplace", parameters)->fit(data, Stream(1));
    const JointPrediction p = posterior->predict(query);
    // The mean is as near as Adam came, in float; covariances do not depend on it.
    CHECK(test::difference(p.mean, expected.mean) < 1e-4);
    CHECK(test::difference(p.latent.matrix(), expected.covariance) < 1e-5);
    CHECK(p.noise_variance == Vector::Constant(7, 0.3));
    CHECK(posterior->diagnostics().at("log_marginal_likelihood") == Approx(expected.evidence).epsilon(1e-5));
    CHECK(posterior->diagnostics().at("noise_variance") == 0.3);
    CHECK(posterior->diagnostics().at("prior_precision") == 0.8);
  }
}

TEST_CASE("laplace: the evidence finds the noise and prior precision of linear regression", "[models]") {
  const TrainingData data = test::line(40);
  const Matrix query = test::query_points(5);
  // The maximum of the closed form, on a grid that is refined around the best point.
  double log_noise = 0, log_precision = 0, best = -1e300;
  for (double step = 1; step > 1e-4; step /= 2) {
    const double from_noise = log_noise, from_precision = log_precision;
    for (int i = -3; i <= 3; ++i)
      for (int j = -3; j <= 3; ++j) {
        const double noise = from_noise + i * step, precision = from_precision + j * step;
        const double value = test::LinearRegression(data, query, std::exp(noise), std::exp(-precision)).evidence;
        if (value > best) {
          best = value;
          log_noise = noise;
          log_precision = precision;
        }
      }
  }
  const auto posterior = test::model("laplace", linear("full"))->fit(data, Stream(1));
  const Diagnostics found = posterior->diagnostics();
  CHECK(found.at("log_marginal_likelihood") == Approx(best).epsilon(1e-5));
  CHECK(found.at("noise_variance") == Approx(std::exp(log_noise)).epsilon(0.01));
  CHECK(found.at("prior_precision") == Approx(std::exp(log_precision)).epsilon(0.02));
  const test::LinearRegression expected(data, query, found.at("noise_variance"), 1 / found.at("prior_precision"));
  const JointPrediction p = posterior->predict(query);
  CHECK(test::difference(p.mean, expected.mean) < 1e-3);
  CHECK(test::difference(p.latent.matrix(), expected.covariance) < 1e-5);
}

TEST_CASE("laplace: a curve's noise is found, and the posterior spreads away from the data", "[models]") {
  Stream stream(9);
  const Vector x = Vector::LinSpaced(300, -1, 1);
  const TrainingData data{x, (3 * x).array().sin().matrix() + 0.3 * stream.normals(300)};
  const Matrix query = Vector{{-0.5, 0.5, 4, -4}};
  for (const std::string structure : {"full", "kronecker", "diagonal", "last-layer"}) {
    INFO(structure);
    const auto posterior = test::model("laplace", {{"structure", structure}})->fit(data, Stream(1));
    const JointPrediction p = posterior->predict(query);
    const Vector variance = p.latent.diagonal();
    for (Index i = 0; i < 2; ++i)  // four standard deviations of what 10 parameters learn from 300 rows
      CHECK(p.mean(i) == Approx(std::sin(3 * query(i))).margin(4 * 0.3 * std::sqrt(10.0 / 300)));
    CHECK(variance.tail(2).minCoeff() > 5 * variance.head(2).maxCoeff());
    // 300 residuals: a standard error of 8%. A diagonal takes no account of how weights make up for each other, sees
    // much variance in them and lets the evidence choose a stronger prior, with more noise.
    const bool diagonal = structure == "diagonal";
    CHECK(posterior->diagnostics().at("noise_variance") == Approx(0.09).epsilon(diagonal ? 1 : 0.3));
    CHECK(variance.head(2).maxCoeff() < (diagonal ? 0.09 : 0.02));
  }
}

TEST_CASE("laplace: every structure is joint and sound with few rows and many weights", "[models]") {
  TrainingData data = test::curve(3, 3, 4);
  data.inputs.col(1).setConstant(2);
  const Matrix query = test::query_points(30);
  const Rows some = {22, 4, 11};
  // 21 weights give factors, 1501 dense covariances and, where whole, function space.
  for (const int units : {4, 300})
    for (const std::string structure : {"full", "kronecker", "diagonal", "last-layer"})
      for (const bool layerwise : {false, true}) {
        INFO(structure << ", " << units << " units" << (layerwise ? ", layerwise" : ""));
        const Json parameters = {
            {"units", units}, {"structure", structure}, {"layerwise", layerwise}, {"epochs", 40}, {"rounds", 2}};
        const auto posterior = test::model("laplace", parameters)->fit(data, Stream(1));
        const JointPrediction p = posterior->predict(query);
        test::check_sound(p, 30);
        test::check_equal(posterior->predict(query(some, Eigen::all)), p.subset(some));
      }
}

TEST_CASE("laplace: a prior precision for each layer fits no worse", "[models]") {
  const TrainingData data = test::curve(60, 2, 4);
  const auto evidence = [&](bool layerwise) {
    const Json parameters = {{"units", 15}, {"layerwise", layerwise}, {"rounds", 1}};
    return test::model("laplace", parameters)->fit(data, Stream(1))->diagnostics();
  };
  // One round: both maximise over the same trained weights.
  const Diagnostics one = evidence(false), each = evidence(true);
  CHECK(each.at("log_marginal_likelihood") > one.at("log_marginal_likelihood") + 1e-3);
  CHECK(one.contains("prior_precision"));
  CHECK(each.at("prior_precision[0]") != each.at("prior_precision[1]"));
}

TEST_CASE("laplace: the last layer's evidence does not talk the network into interpolating", "[models]") {
  const TrainingData data = test::curve(150, 8, 3);  // 501 weights, and noise of variance 0.01
  const auto noise = [&](const std::string& structure) {
    return test::model("laplace", {{"structure", structure}})->fit(data, Stream(1))->diagnostics().at("noise_variance");
  };
  // What 150 rows leave unexplained in 8 dimensions is several times 0.01; an interpolating network has 1e-4 and less.
  CHECK(noise("full") > 0.01);
  CHECK(noise("last-layer") > 0.01);
}

TEST_CASE("laplace: a strong prior holds the function at zero", "[models]") {
  const TrainingData data = test::curve(60, 2, 4);
  const Json parameters = {
      {"units", 15}, {"prior_precision", 1e5}, {"noise_variance", 0.5}, {"learn_hyper_parameters", false}};
  const JointPrediction p = test::model("laplace", parameters)->fit(data, Stream(1))->predict(test::query_points(5, 2));
  CHECK(p.mean.cwiseAbs().maxCoeff() < 0.01);
  CHECK(p.latent.diagonal().maxCoeff() < 1e-4);
}

TEST_CASE("laplace: divergence and unknown structures are errors", "[models]") {
  const TrainingData data = test::curve(30, 2, 4);
  const std::string fast =
      test::error_of([&] { test::model("laplace", {{"learning_rate", 1e7}})->fit(data, Stream(1)); });
  INFO(fast);
  CHECK(fast.starts_with("numerical: training diverged in step "));
  CHECK(test::error_of([] { test::model("laplace", {{"structure", "low-rank"}}); }) ==
        R"(config: test.parameters.structure: must be one of full, kronecker, diagonal, last-layer, got "low-rank")");
}

}  // namespace
}  // namespace predcorr
