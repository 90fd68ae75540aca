// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/wilcoxon.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "core/base/error.hpp"
#include "metrics/ranks.hpp"

namespace predcorr {
namespace {

/// P(2 W <= limit), W the sum of those ranks whose difference has a plus, each with probability 1/2.
/// @param ranks doubled: whole numbers
double lower_tail(const std::vector<int>& ranks, int limit) {
  // Up to 2^50 sets of signs are counted without rounding. Sums beyond the limit need no count.
  std::vector<double> counts(static_cast<std::size_t>(limit) + 1, 0.0);
  counts[0] = 1;
  int largest = 0;
  for (const int rank : ranks) {
    largest = std::min(largest + rank, limit);
    for (int sum = largest; sum >= rank; --sum)
      counts[static_cast<std::size_t>(sum)] += counts[static_cast<std::size_t>(sum - rank)];
  }
  double total = 0;
  for (const double count : counts) total += count;
  return std::scalbn(total, -static_cast<int>(ranks.size()));
}

/// Two-sided, by the normal approximation.
double approximate_p(const Vector& ranks, double smaller_sum) {
  const auto n = static_cast<double>(ranks.size());
  std::map<double, double> ties;
  for (const double rank : ranks) ties[rank] += 1;
  double variance = n * (n + 1) * (2 * n + 1) / 24;
  for (const auto& [rank, t] : ties) variance -= t * (t * t - 1) / 48;
  const double off = std::max(n * (n + 1) / 4 - smaller_sum - 0.5, 0.0);
  return std::erfc(off / std::sqrt(variance) / std::numbers::sqrt2);
}

}  // namespace

WilcoxonTest wilcoxon(const std::vector<double>& differences) {
  std::vector<double> kept;
  for (const double d : differences) {
    require(std::isfinite(d), ErrorKind::numerical, "wilcoxon: differences must be finite, got {}", d);
    if (d != 0) kept.push_back(d);
  }
  WilcoxonTest test;
  test.n = static_cast<int>(kept.size());
  if (kept.empty()) return test;
  const Eigen::Map<const Vector> values(kept.data(), std::ssize(kept));
  const Vector ranks = metrics::average_ranks(values.cwiseAbs(), {.absolute = 0, .relative = 1e-12});
  for (Index i = 0; i < ranks.size(); ++i) (values(i) > 0 ? test.w_plus : test.w_minus) += ranks(i);
  const double smaller = std::min(test.w_plus, test.w_minus);
  test.exact = test.n <= kWilcoxonExact;
  if (!test.exact) {
    test.p = approximate_p(ranks, smaller);
    return test;
  }
  std::vector<int> doubled;
  for (const double rank : ranks) doubled.push_back(static_cast<int>(std::lround(2 * rank)));
  test.p = std::min(1.0, 2 * lower_tail(doubled, static_cast<int>(std::lround(2 * smaller))));
  return test;
}

}  // namespace predcorr
