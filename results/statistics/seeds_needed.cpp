// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/seeds_needed.hpp"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

void require_probability(double p, const char* of) {
  require(p > 0 && p < 1, ErrorKind::numerical, "seeds needed: {} must be between 0 and 1, got {}", of, p);
}

}  // namespace

double paired_t_power(double effect, int n, double alpha, double overlap) {
  require_probability(alpha, "alpha");
  require(n >= 2, ErrorKind::numerical, "seeds needed: a t test needs at least 2 seeds, got {}", n);
  require(!std::isnan(effect), ErrorKind::numerical, "seeds needed: the effect is not a number");
  const double freedom = n - 1;
  const double critical = boost::math::quantile(boost::math::complement(boost::math::students_t(freedom), 0.5 * alpha));
  const double noncentrality = std::abs(effect) / std::sqrt(overlap_inflation(n, overlap) / n);
  constexpr double kLarge = 1000;
  if (noncentrality > kLarge) {
    // T = (Z + noncentrality) / S with S^2 a chi-square over its degrees of freedom. Of Z, next to so much, nothing is
    // left to a millionth; Boost's series would have too many terms.
    const double s = noncentrality / critical;
    return boost::math::gamma_p(0.5 * freedom, std::fmin(0.5 * freedom * s * s, 1e300));
  }
  const boost::math::non_central_t distribution(freedom, noncentrality);
  return boost::math::cdf(boost::math::complement(distribution, critical)) + boost::math::cdf(distribution, -critical);
}

std::optional<int> seeds_needed(const PairedComparison& comparison, double alpha, double power) {
  require_probability(alpha, "alpha");
  require_probability(power, "power");
  if (!comparison.effect_size || *comparison.effect_size == 0) return std::nullopt;
  const auto enough = [&](int n) {
    return paired_t_power(*comparison.effect_size, n, alpha, comparison.overlap) >= power;
  };
  // Power grows with n: find a power of 2 that is enough, then halve the rest.
  int few = 1, many = 2;
  while (!enough(many)) {
    if (many == kMostSeeds) return kMostSeeds + 1;
    few = many;
    many = std::min(2 * many, kMostSeeds);
  }
  while (many - few > 1) {
    const int middle = few + (many - few) / 2;
    (enough(middle) ? many : few) = middle;
  }
  return many;
}

}  // namespace predcorr
