// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/studentised_range.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

void require_members(int k) {
  require(k >= 2, ErrorKind::numerical, "studentised range: needs at least 2 normal numbers, got {}", k);
}

}  // namespace

double studentised_range_tail(int k, double q) {
  require_members(k);
  require(q >= 0 && std::isfinite(q), ErrorKind::numerical,
          "studentised range: a range must be at least 0 and finite, got {}", q);
  // The largest is about 0 to q, and what lies 10 beyond is nothing next to the rest. Steps of a sixteenth are half of
  // what the rule needs.
  constexpr double kStep = 1.0 / 16, kFarOut = 10;
  const auto steps = static_cast<int>(std::ceil((2 * kFarOut + q) / kStep));
  double sum = 0;
  for (int i = 0; i <= steps; ++i) {
    const double z = -kFarOut + i * kStep;
    const double below = normal_below(z), outside = normal_below(z - q);
    if (!(below > 0) || outside == 0) continue;
    // 1 - (1 - outside / below)^(k - 1) without cancellation; all of it where q is 0.
    const double missed = outside < below ? -std::expm1((k - 1) * std::log1p(-outside / below)) : 1.0;
    sum += std::exp(-0.5 * z * z) * std::pow(below, k - 1) * missed;
  }
  return std::fmin(1.0, k * kStep * sum * std::numbers::inv_sqrtpi / std::numbers::sqrt2);
}

double studentised_range_quantile(int k, double alpha) {
  require_members(k);
  require(alpha > 0 && alpha < 1, ErrorKind::numerical,
          "studentised range: a probability must be between 0 and 1, got {}", alpha);
  // A range beyond q needs one of k (k - 1) / 2 differences beyond it, each with probability 2 Phi(-q / sqrt 2), so
  // that Bonferroni's q is too large. For k = 2 it is the quantile itself: a little more is to be had.
  const double one = alpha / (static_cast<double>(k) * (k - 1));
  const double high =
      std::numbers::sqrt2 * boost::math::quantile(boost::math::complement(boost::math::normal(), one)) * 1.001;
  std::uintmax_t steps = 100;
  const auto excess = [&](double q) { return std::log(studentised_range_tail(k, q) / alpha); };
  const auto [below, above] =
      boost::math::tools::toms748_solve(excess, 0.0, high, boost::math::tools::eps_tolerance<double>(46), steps);
  return 0.5 * (below + above);
}

}  // namespace predcorr
