// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/paired_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/error.hpp"
#include "results/statistics/wilcoxon.hpp"

namespace predcorr {

PairedDifferences paired_differences(const double* a, const double* b, std::size_t n) {
  constexpr double kPairRounding = 1e-12;
  PairedDifferences differences;
  differences.values.reserve(n);
  // Each difference stands for all numbers within its rounding: are there any that are of every difference?
  double low = -std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t i = 0; i < n; ++i) {
    const double d = a[i] - b[i];
    require(std::isfinite(d), ErrorKind::numerical,
            "paired comparison: values and their differences must be finite, got {} and {}", a[i], b[i]);
    const double rounding = kPairRounding * std::max(std::abs(a[i]), std::abs(b[i]));
    differences.values.push_back(std::abs(d) <= rounding ? 0 : d);
    low = std::max(low, d - rounding);
    high = std::min(high, d + rounding);
  }
  differences.all_equal = low <= high;
  return differences;
}

PairedComparison compare_paired(const std::vector<double>& a, const std::vector<double>& b, double overlap) {
  require(a.size() == b.size() && !a.empty(), ErrorKind::shape,
          "paired comparison: needs as many values of one as of the other, at least one, got {} and {}", a.size(),
          b.size());
  auto [d, all_equal] = paired_differences(a.data(), b.data(), a.size());
  PairedComparison c;
  c.n = static_cast<int>(d.size());
  c.overlap = overlap;
  const double inflation = overlap_inflation(c.n, overlap);
  c.wins = static_cast<int>(std::ranges::count_if(d, [](double v) { return v < 0; }));
  c.losses = static_cast<int>(std::ranges::count_if(d, [](double v) { return v > 0; }));
  c.ties = c.n - c.wins - c.losses;
  c.difference = std::accumulate(d.begin(), d.end(), 0.0) / c.n;
  require(std::isfinite(c.difference), ErrorKind::numerical, "paired comparison: the mean difference is not finite");
  c.median_difference = sample_median(d);
  if (c.n == 1) return c;
  const double error = standard_error_of(d, c.difference, inflation);
  if (all_equal || error == 0) {
    // Equal differences share their ranks, whatever rounding makes of them.
    if (c.ties > 0)
      c.p = c.wilcoxon_p = 1;
    else
      c.wilcoxon_p = wilcoxon(std::vector<double>(d.size(), d.front())).p;
    return c;
  }
  c.wilcoxon_p = wilcoxon(d).p;
  const double half = student_t_critical(c.n - 1) * error;
  c.standard_error = error;
  c.interval = Interval{c.difference - half, c.difference + half};
  c.p = student_t_p(c.difference / error, c.n - 1);
  c.effect_size = c.difference / sample_deviation(d, c.difference);
  return c;
}

}  // namespace predcorr
