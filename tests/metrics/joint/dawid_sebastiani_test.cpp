// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "dawid_sebastiani";

double value(const std::string& part, const EvaluationData& evaluation, const JointPrediction& p) {
  return test::part(kName, part, evaluation, p);
}

TEST_CASE("dawid_sebastiani: NumPy's values, in any covariance form", "[metrics]") {
  const Json& json = test::reference("joint_calibration_reference.json").at(kName);
  const EvaluationData evaluation{.y = test::vector(json.at("y")), .n_pool = 0, .oracle = std::nullopt};
  for (const auto& [form, p] : test::forms(test::prediction(json.at("model"))))
    for (const auto& [part, expected] : json.at("scores").items()) {
      INFO(form << ", " << part);
      CHECK(value(part, evaluation, p) == test::close(expected.get<double>()));
    }
}

TEST_CASE("dawid_sebastiani: two correlated points and one by hand", "[metrics]") {
  // Variances 4 and 9, covariance 3, z = (1, -1): |C| = 27, z'R^-1 z = 4.
  const JointPrediction p{Vector{{1, 1}}, Covariance::dense(Matrix{{3, 3}, {3, 5}}), Vector{{1, 4}}};
  const EvaluationData evaluation{.y = Vector{{3, -2}}, .n_pool = 0, .oracle = std::nullopt};
  CHECK(value("log_determinant", evaluation, p) == test::close(0.5 * std::log(27.0), 1e-14));
  CHECK(value("mahalanobis", evaluation, p) == test::close(2, 1e-14));
  CHECK(value("score", evaluation, p) == test::close(0.5 * std::log(27.0) + 2, 1e-14));
  const test::CalibrationCase one(Vector{{4}}, Vector{{1}}, Vector{{2}}, 2);
  CHECK(test::part(kName, "score", one) == test::close(std::log(4.0) + 2.25, 1e-14));
}

TEST_CASE("dawid_sebastiani: affine in the joint log-likelihood, with whitened_chi_square's distance", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json&, const JointPrediction& p) {
    const double density = test::score("joint_log_likelihood", fixture.evaluation, p);
    CHECK(value("score", fixture.evaluation, p) == test::close(-2 * density - std::log(2 * std::numbers::pi), 1e-11));
    CHECK(value("mahalanobis", fixture.evaluation, p) ==
          test::close(test::part("whitened_chi_square", "joint", fixture.evaluation, p), 1e-14));
  });
}

TEST_CASE("dawid_sebastiani: at any scale", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(30, 1.2, 3);
  for (const double unit : {1e-150, 1e-78, 1e78, 1e150}) {
    EvaluationData evaluation = c.evaluation;
    evaluation.y *= unit;
    const JointPrediction p = c.prediction.affine(unit, 0);
    INFO("unit " << unit);
    CHECK(value("mahalanobis", evaluation, p) == test::close(test::part(kName, "mahalanobis", c), 1e-11));
    CHECK(value("log_determinant", evaluation, p) ==
          test::close(test::part(kName, "log_determinant", c) + 2 * std::log(unit), 1e-12));
  }
  // A distance so large that adding the two would lose the other part's digits.
  EvaluationData far = c.evaluation;
  far.y.array() += 1e12;
  CHECK(value("log_determinant", far, c.prediction) == test::part(kName, "log_determinant", c));
}

TEST_CASE("dawid_sebastiani: a singular covariance has none", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.noise_variance.setZero();
  const EvaluationData evaluation{.y = p.mean, .n_pool = 0, .oracle = std::nullopt};
  for (const Score& s : test::scores(kName, evaluation, p)) {
    CHECK(!s.value);
    CHECK_THAT(s.reason, test::contains("the predicted covariance of y is singular"));
  }
  p.latent = Covariance::dense(Matrix::Zero(6, 6));
  for (const Score& s : test::scores(kName, evaluation, p)) CHECK(s.reason == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
