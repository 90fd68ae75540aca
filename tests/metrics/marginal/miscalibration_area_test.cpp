// SPDX-License-Identifier: Apache-2.0
#include "metrics/marginal/miscalibration_area.hpp"

#include <numbers>

#include "metrics/marginal/residuals.hpp"
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "miscalibration_area";

TEST_CASE("miscalibration_area: SciPy's quadrature", "[metrics]") { test::check_against_reference(kName); }

TEST_CASE("miscalibration_area: its mean by chance is that of the binomial distribution's deviation", "[metrics]") {
  for (const Json& r : test::reference("calibration_metrics_reference.json").at("expected_area")) {
    const Index n = r.at("n").get<Index>();
    INFO(n << " points");
    CHECK(metrics::expected_area_from_uniform(n) == test::close(r.at("value").get<double>(), n > 1000 ? 1e-6 : 1e-10));
  }
  // The sum hands over to the expansion without a step: neighbours differ by half of 1 / n.
  const double step = metrics::expected_area_from_uniform(1001) / metrics::expected_area_from_uniform(1000);
  CHECK(std::abs(step - std::sqrt(1000.0 / 1001)) < 1e-6);
  CHECK(metrics::expected_area_from_uniform(100000000) == test::close(std::sqrt(std::numbers::pi / 32) * 1e-4, 1e-8));
  CHECK(test::error_of([] { metrics::expected_area_from_uniform(0); }) ==
        "shape: miscalibration_area: must have at least 1 point, got 0");
}

TEST_CASE("miscalibration_area: a few levels by hand", "[metrics]") {
  CHECK(metrics::area_from_uniform(Vector{{0.5}}) == test::close(0.25));  // two triangles of 1/8
  CHECK(metrics::area_from_uniform(Vector{{1.0}}) == test::close(0.5));   // nothing covered
  CHECK(metrics::area_from_uniform(Vector{{0.0, 0.0}}) == test::close(0.5));
  // F is 0 to 0.3, then 1/2, crossed inside: 0.045 + (0.04 + 0.16) / 2, then from 0.9 on 0.005.
  CHECK(metrics::area_from_uniform(Vector{{0.3, 0.9}}) == test::close(0.045 + 0.02 + 0.08 + 0.005));
}

TEST_CASE("miscalibration_area: calibrated predictions have the expected area on average", "[metrics]") {
  // The area's standard deviation over its mean grows from sqrt(1 / 180) / (1 / 3) = 0.22 at one point to
  // sqrt(7 / 60 - pi / 32) / sqrt(pi / 32) = 0.43 (the Brownian bridge's area).
  constexpr int kRuns = 400;
  for (const Index n : {1, 4, 60}) {
    INFO(n << " points");
    const double expected = metrics::expected_area_from_uniform(n);
    double total = 0;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed)
      total += test::part(kName, "area", test::drawn_case(n, 1, seed + 1000 * static_cast<std::uint64_t>(n)));
    CHECK(std::abs(total / kRuns - expected) < 4.5 * 0.45 * expected / std::sqrt(kRuns));
  }
}

TEST_CASE("miscalibration_area: the sign tells narrow intervals from wide ones", "[metrics]") {
  // With errors s times sigma the signed area tends to E[P(|s N| < |N'|)] - 1/2 = 1/2 - (2 / pi) atan(s).
  constexpr Index n = 4000;
  for (const double factor : {0.5, 1.0, 2.0}) {
    const test::CalibrationCase c = test::drawn_case(n, factor, 11);
    const double limit = 0.5 - 2 / std::numbers::pi * std::atan(factor), error = 4.5 * std::sqrt(1.0 / 12 / n);
    INFO("errors of " << factor << " sigma");
    CHECK(std::abs(test::part(kName, "signed", c) - limit) < error);
    CHECK(test::part(kName, "area", c) >= std::abs(test::part(kName, "signed", c)) - 1e-12);
    CHECK(std::abs(test::part(kName, "area", c) - std::abs(limit)) < error + 0.02);
  }
}

TEST_CASE("miscalibration_area: the coverage curve goes from nothing to everything", "[metrics]") {
  const Json curves = test::curves(kName, test::drawn_case(50, 1, 3));
  const Vector nominal = test::vector(curves.at("nominal")), observed = test::vector(curves.at("observed"));
  REQUIRE(nominal.size() == 101);
  CHECK(nominal(0) == 0);
  CHECK(observed(0) == 0);
  CHECK(nominal(100) == 1);
  CHECK(observed(100) == 1);
  CHECK((observed.tail(100) - observed.head(100)).minCoeff() >= 0);
}

TEST_CASE("miscalibration_area: nothing without variance", "[metrics]") {
  const test::CalibrationCase zero(Vector{{2, 1}}, Vector{{1, 1}}, Vector{{2, 0}});
  CHECK(test::reason(kName, zero) == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
