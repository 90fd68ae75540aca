// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/seeds_needed.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

PairedComparison of_size(double effect, double overlap = 0) {
  PairedComparison comparison;
  comparison.effect_size = effect;
  comparison.overlap = overlap;
  return comparison;
}

TEST_CASE("seeds needed: the power that statsmodels gives", "[results]") {
  for (const Json& expected : test::reference("statistics_reference.json").at("power")) {
    INFO(expected.dump());
    CHECK(paired_t_power(expected.at("effect").get<double>(), expected.at("n").get<int>(),
                         expected.at("alpha").get<double>()) == test::close(expected.at("power").get<double>(), 1e-8));
  }
}

TEST_CASE("seeds needed: the sample size of statsmodels, rounded up", "[results]") {
  for (const Json& expected : test::reference("statistics_reference.json").at("seeds_needed")) {
    INFO(expected.dump());
    CHECK(seeds_needed(of_size(expected.at("effect").get<double>()), expected.at("alpha").get<double>(),
                       expected.at("power").get<double>()) ==
          static_cast<int>(std::ceil(expected.at("n").get<double>())));
  }
}

TEST_CASE("seeds needed: a test of as many seeds finds the difference as often as promised", "[results]") {
  for (const double overlap : {0.0, 0.02}) {
    INFO(overlap);
    const int n = seeds_needed(of_size(0.9, overlap), kAlpha).value();
    const double power = paired_t_power(0.9, n, kAlpha, overlap);
    CHECK(power >= 0.8);
    CHECK(paired_t_power(0.9, n - 1, kAlpha, overlap) < 0.8);
    // Differences with correlation rho have a common part; the effect is in units of what s estimates.
    constexpr int kDraws = 3000;
    Stream stream(9);
    int found = 0;
    const std::vector<double> zeros(static_cast<std::size_t>(n), 0.0);
    for (int draw = 0; draw < kDraws; ++draw) {
      const double common = std::sqrt(overlap) * stream.normal();
      const Vector d = std::sqrt(1 - overlap) * (0.9 + stream.normals(n).array()) + common;
      found += compare_paired({d.begin(), d.end()}, zeros, overlap).p.value() <= kAlpha ? 1 : 0;
    }
    CHECK(static_cast<double>(found) / kDraws == Approx(power).margin(3.5 * std::sqrt(0.8 * 0.2 / kDraws)));
  }
}

TEST_CASE("seeds needed: huge, tiny and absent effects", "[results]") {
  for (const double huge : {50.0, 1e3, 1e6, 1e200}) {
    CHECK(seeds_needed(of_size(huge), kAlpha) == 2);
    CHECK(seeds_needed(of_size(-huge), kAlpha) == 2);
  }
  CHECK(seeds_needed(of_size(1e-3), kAlpha) == kMostSeeds + 1);
  CHECK(seeds_needed(of_size(1e-200), kAlpha) == kMostSeeds + 1);
  // At rho = 0.5 the noncentrality never exceeds the effect.
  CHECK(seeds_needed(of_size(1, 0.5), kAlpha) == kMostSeeds + 1);
  CHECK_FALSE(seeds_needed(of_size(0), kAlpha));
  CHECK_FALSE(seeds_needed(compare_paired({1, 2, 3}, {0, 1, 2}), kAlpha));
  CHECK_FALSE(seeds_needed(compare_paired({1}, {0}), kAlpha));
}

TEST_CASE("seeds needed: the two ways to a power agree where they meet", "[results]") {
  for (const int n : {2, 3, 5}) {
    const double alpha = n == 2 ? 1e-3 : n == 3 ? 1e-6 : 1e-11;  // critical values of some 600 to 1400
    const double at = 1000 / std::sqrt(n);
    CHECK(paired_t_power(at * 1.000001, n, alpha) == Approx(paired_t_power(at * 0.999999, n, alpha)).epsilon(2e-5));
  }
}

TEST_CASE("seeds needed: refused", "[results]") {
  CHECK_THAT(test::error_of([] { seeds_needed(of_size(1), 0); }),
             test::contains("alpha must be between 0 and 1, got 0"));
  CHECK_THAT(test::error_of([] { seeds_needed(of_size(1), 0.05, 1); }),
             test::contains("power must be between 0 and 1"));
  CHECK_THAT(test::error_of([] { paired_t_power(1, 1, 0.05); }), test::contains("at least 2 seeds, got 1"));
}

}  // namespace
}  // namespace predcorr
