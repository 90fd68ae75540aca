// SPDX-License-Identifier: Apache-2.0
#include <numbers>

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "crps";

double crps(double y, double mean, double sigma) {
  const test::CalibrationCase c(Vector{{y}}, Vector{{mean}}, Vector{{sigma}});
  return test::score(kName, c.evaluation, c.prediction);
}

TEST_CASE("crps: SciPy's values", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    CHECK(test::score(kName, fixture.evaluation, p) == test::close(expected.at(kName).get<double>()));
  });
}

TEST_CASE("crps: at the mean, far away, and without spread", "[metrics]") {
  CHECK(crps(3, 3, 2) == test::close(2 * (std::numbers::sqrt2 - 1) / std::sqrt(std::numbers::pi)));
  CHECK(crps(1003, 3, 2) == test::close(1000 - 2 / std::sqrt(std::numbers::pi), 1e-12));
  CHECK(crps(3.5, 3, 0) == test::close(0.5));
  CHECK(crps(3, 3, 0) == 0);
  CHECK(crps(3.5, 3, 1e-9) == test::close(0.5, 1e-8));
}

TEST_CASE("crps: it is in the target's units and does not see correlations", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(40, 1.2, 3);
  const double base = test::score(kName, c.evaluation, c.prediction);
  EvaluationData moved = c.evaluation;
  moved.y = (20 * c.evaluation.y.array() - 7).matrix();
  CHECK(test::score(kName, moved, c.prediction.affine(20, -7)) == test::close(20 * base));
  JointPrediction independent = c.prediction;
  independent.latent = Covariance::dense(c.prediction.latent.diagonal().asDiagonal());
  CHECK(test::score(kName, c.evaluation, independent) == test::close(base));
}

TEST_CASE("crps: the true distribution has the lowest on average", "[metrics]") {
  // The same draws under other sigmas: at 4000 points the difference of the means, 2 to 6 % of the score, is many
  // standard errors of the paired differences.
  const auto with_factor = [](double factor) {
    const test::CalibrationCase c = test::drawn_case(4000, 1, 5);
    JointPrediction p = c.prediction;
    p.latent = c.prediction.latent.scaled(factor);
    p.noise_variance *= factor * factor;
    return test::score(kName, c.evaluation, p);
  };
  const double right = with_factor(1);
  CHECK(with_factor(0.6) > right);
  CHECK(with_factor(1.6) > right);
}

}  // namespace
}  // namespace predcorr
