// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "r_statistic";

TEST_CASE("r_statistic: SciPy's values and NumPy's histogram", "[metrics]") { test::check_against_reference(kName); }

TEST_CASE("r_statistic: the calibration fixture's residuals", "[metrics]") {
  const Json& json = test::reference("bootstrap_calibration.json");
  const Vector residual = test::vector(json.at("residual"));
  const test::CalibrationCase before(residual, Vector::Zero(residual.size()), test::vector(json.at("sigma")));
  const Json& expected = json.at("expected").at("r_before");
  CHECK(test::part(kName, "mean", before) == test::close(expected.at("mean").get<double>()));
  CHECK(test::part(kName, "std", before) == test::close(expected.at("std").get<double>()));
}

TEST_CASE("r_statistic: three points by hand", "[metrics]") {
  // r = 1, -1, 3 around a mean of 1: deviations 0, -2, 2; F_n is 2/3 just before 3, where Phi is nearly 1.
  const test::CalibrationCase c(Vector{{3, 0, 17}}, Vector{{1, 0.5, 2}}, Vector{{2, 0.5, 5}});
  CHECK(test::part(kName, "mean", c) == test::close(1));
  CHECK(test::part(kName, "std", c) == test::close(std::sqrt(8.0 / 3)));
  CHECK(test::part(kName, "ks", c) == test::close(0.841344746068543 - 1.0 / 3));
}

TEST_CASE("r_statistic: error bars half as wide double it, units and offsets do not count", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(80, 1.3, 3);
  test::CalibrationCase narrow = c, moved = c;
  narrow.prediction.latent = c.prediction.latent.scaled(0.5);
  narrow.prediction.noise_variance *= 0.25;
  CHECK(test::part(kName, "std", narrow) == test::close(2 * test::part(kName, "std", c)));
  CHECK(test::part(kName, "mean", narrow) == test::close(2 * test::part(kName, "mean", c)));
  moved.evaluation.y = (20 * c.evaluation.y.array() - 7).matrix();
  moved.prediction = c.prediction.affine(20, -7);
  for (const char* part : {"mean", "std", "ks"})
    CHECK(test::part(kName, part, moved) == test::close(test::part(kName, part, c)));
}

TEST_CASE("r_statistic: calibrated predictions are told from over-confident ones", "[metrics]") {
  // 4.5 standard errors: 1 / sqrt(n) of the mean, 1 / sqrt(2 n) of the standard deviation. Kolmogorov's distribution is
  // above 2.4 / sqrt(n) with a probability of 2e-5.
  constexpr Index n = 2000;
  const double root = std::sqrt(static_cast<double>(n));
  const test::CalibrationCase right = test::drawn_case(n, 1, 5), bold = test::drawn_case(n, 2, 5);
  CHECK(std::abs(test::part(kName, "mean", right)) < 4.5 / root);
  CHECK(std::abs(test::part(kName, "std", right) - 1) < 4.5 / (root * std::sqrt(2.0)));
  CHECK(test::part(kName, "ks", right) < 2.4 / root);
  CHECK(std::abs(test::part(kName, "std", bold) - 2) < 2 * 4.5 / (root * std::sqrt(2.0)));
  // Phi(x) - Phi(x / 2) is largest, 0.1613, at x = 1.36.
  CHECK(std::abs(test::part(kName, "ks", bold) - 0.1613) < 2.4 / root);
}

TEST_CASE("r_statistic: the histogram holds all of the distribution", "[metrics]") {
  test::CalibrationCase c = test::drawn_case(300, 1.5, 7);
  c.evaluation.y(11) += 1e6;
  c.evaluation.y(12) -= 1e6;
  const Json curves = test::curves(kName, c);
  const Vector edges = test::vector(curves.at("edges")), density = test::vector(curves.at("density"));
  const Vector outside = test::vector(curves.at("outside"));
  REQUIRE(edges.size() == 31);
  CHECK(edges(30) >= 4);
  CHECK(edges(30) < 10);  // two wild points do not widen it
  CHECK(outside(0) >= 1.0 / 300);
  CHECK(outside(1) >= 1.0 / 300);
  const double width = edges(1) - edges(0);
  CHECK(density.sum() * width + outside.sum() == test::close(1, 1e-12));
  CHECK(test::vector(curves.at("normal")).sum() * width == test::close(1, 1e-4));
}

TEST_CASE("r_statistic: no spread of one point, nothing without variance", "[metrics]") {
  const test::CalibrationCase one(Vector{{2}}, Vector{{1}}, Vector{{2}});
  const auto scores = test::scores(kName, one.evaluation, one.prediction);
  CHECK(scores.at(0).value.value() == test::close(0.5));
  CHECK(!scores.at(1).value);
  CHECK(scores.at(1).reason == "one test point has no spread");
  CHECK(scores.at(2).value.value() == test::close(0.691462461274013));
  CHECK(test::vector(test::curves(kName, one).at("density")).sum() == test::close(30.0 / 8));
  const test::CalibrationCase zero(Vector{{2, 1}}, Vector{{1, 1}}, Vector{{2, 0}});
  CHECK(test::reason(kName, zero) == "a predicted variance of y is 0");
  CHECK_THAT(test::error_of([&] { test::curves(kName, zero); }), test::contains("variance of y is 0"));
}

}  // namespace
}  // namespace predcorr
