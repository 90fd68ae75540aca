// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "calibration";

TEST_CASE("calibration: NumPy's values", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    for (const auto& [part, value] : expected.at(kName).items())
      CHECK(test::part(kName, part, fixture.evaluation, p) == test::close(value.get<double>()));
  });
}

TEST_CASE("calibration: one point by hand", "[metrics]") {
  // y on the mean is inside at every level: observed 1, gaps 0.99, ..., 0.01.
  const test::CalibrationCase c(Vector{{2}}, Vector{{2}}, Vector{{3}});
  CHECK(test::part(kName, "mean_absolute", c) == test::close(0.5));
  CHECK(test::part(kName, "root_mean_square", c) == test::close(std::sqrt(99.0 * 100 * 199 / 6 / 99) / 100));
  CHECK(test::part(kName, "sharpness", c) == test::close(3));
}

TEST_CASE("calibration: calibrated draws are close, wide and narrow ones are not", "[metrics]") {
  // Kolmogorov's distance of 2000 independent points is above 2.4 / sqrt(2000) = 0.054 with a probability of 2e-5.
  const test::CalibrationCase right = test::drawn_case(2000, 1, 3), narrow = test::drawn_case(2000, 2, 3);
  CHECK(test::part(kName, "root_mean_square", right) < 0.054);
  // The area between coverages is 2 / pi atan(2) - 1/2 = 0.205.
  CHECK(std::abs(test::part(kName, "mean_absolute", narrow) - 0.205) < 0.054);
  CHECK(test::part(kName, "sharpness", right) == test::close(test::part(kName, "sharpness", narrow)));
}

TEST_CASE("calibration: the curve is observed against nominal coverage", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(60, 1.4, 5);
  const Json curves = test::curves(kName, c);
  const Vector nominal = test::vector(curves.at("nominal")), observed = test::vector(curves.at("observed"));
  REQUIRE(nominal.size() == 99);
  CHECK(nominal(0) == 0.01);
  CHECK(nominal(98) == 0.99);
  CHECK((observed.tail(98) - observed.head(98)).minCoeff() >= 0);
  CHECK((observed - nominal).cwiseAbs().mean() == test::close(test::part(kName, "mean_absolute", c)));
}

TEST_CASE("calibration: nothing without variance", "[metrics]") {
  const test::CalibrationCase zero(Vector{{2, 1}}, Vector{{1, 1}}, Vector{{2, 0}});
  CHECK(test::reason(kName, zero) == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
