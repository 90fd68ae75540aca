// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "variogram_score";

double value(const std::string& order, const EvaluationData& evaluation, const JointPrediction& p) {
  return test::part(kName, order, evaluation, p);
}

TEST_CASE("variogram_score: SciPy's values at order 0.5", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    CHECK(value("0.5", fixture.evaluation, p) == test::close(expected.at(kName).get<double>()));
  });
}

TEST_CASE("variogram_score: SciPy's moments at orders 1 and 2", "[metrics]") {
  const Json& json = test::reference("calibration_metrics_reference.json").at("variogram");
  const EvaluationData evaluation{.y = test::vector(json.at("y")), .n_pool = 0, .oracle = std::nullopt};
  for (const auto& [order, expected] : json.at(kName).items())
    CHECK(value(order, evaluation, test::prediction(json)) == test::close(expected.get<double>()));
}

TEST_CASE("variogram_score: two points by hand, and a common shift of all costs nothing", "[metrics]") {
  JointPrediction p;
  p.mean = Vector{{1, 4}};
  p.latent = Covariance::dense(Matrix{{2.0, 0.5}, {0.5, 1.0}});
  p.noise_variance = Vector{{0.5, 0.25}};
  // Y_1 - Y_2 has mean -3 and variance 2.5 + 1.25 - 1 = 2.75; y differ by 2.
  for (const double shift : {0.0, 100.0}) {
    const EvaluationData evaluation{.y = Vector{{7 + shift, 5 + shift}}, .n_pool = 0, .oracle = std::nullopt};
    CHECK(value("2", evaluation, p) == test::close(std::pow(4 - 11.75, 2)));
  }
}

TEST_CASE("variogram_score: correlations count, twins without noise are no trouble", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(70, 1, 3);  // more than one block of rows
  JointPrediction independent = c.prediction;
  independent.latent = Covariance::dense(c.prediction.latent.diagonal().asDiagonal());
  for (const char* order : {"0.5", "1", "2"}) {
    CHECK(value(order, c.evaluation, c.prediction) ==
          test::close(value(order, c.evaluation, test::densified(c.prediction))));
    CHECK(std::abs(value(order, c.evaluation, c.prediction) / value(order, c.evaluation, independent) - 1) > 1e-4);
  }
  JointPrediction twins;
  twins.mean = Vector{{1, 1}};
  twins.latent = Covariance::dense(Matrix::Constant(2, 2, 0.3));
  twins.noise_variance = Vector::Zero(2);
  const EvaluationData apart{.y = Vector{{1, 5}}, .n_pool = 0, .oracle = std::nullopt};
  CHECK(value("0.5", apart, twins) == test::close(4));
  CHECK(value("1", apart, twins) == test::close(16));
  CHECK(value("2", apart, twins) == test::close(256));
}

TEST_CASE("variogram_score: one point has no pairs", "[metrics]") {
  const test::CalibrationCase one(Vector{{2}}, Vector{{1}}, Vector{{2}}, 3);
  CHECK(test::reason(kName, one) == "one test point has no pairs");
}

}  // namespace
}  // namespace predcorr
