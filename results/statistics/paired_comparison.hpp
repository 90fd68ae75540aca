// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "results/statistics/student_t.hpp"

namespace predcorr {

/// Two models' scores at the same seeds: is one better? Pairing takes out what a seed does to both alike.
struct PairedComparison {
  int n = 0;                             ///< pairs
  double difference = 0;                 ///< mean of a - b
  double median_difference = 0;          ///< median of a - b, not difference of medians
  std::optional<double> standard_error;  ///< of the mean difference
  std::optional<Interval> interval;      ///< of the mean difference, Student's, at kConfidence
  std::optional<double> p;               ///< two-sided, of the paired t test; with overlap the corrected resampled t
  std::optional<double> wilcoxon_p;      ///< two-sided, of the signed-rank test (wilcoxon.hpp), which knows no overlap
  std::optional<double> effect_size;     ///< Cohen's d_z: mean difference / standard deviation of the differences
  int wins = 0;                          ///< pairs with a below b: a is better where lower is better
  int losses = 0;                        ///< pairs with a above b
  int ties = 0;
  double overlap = 0;  ///< as given

  /// The p that a decision is made by: the t test's; Wilcoxon's where all differences are equal and t says nothing.
  std::optional<double> decisive_p() const { return p ? p : wilcoxon_p; }
};

/// Compares a with b, lower is better; negate both where higher is.
///
/// With d_i = a_i - b_i, their mean m and standard deviation s (divisor n - 1): t = m / (s sqrt(1 / n + rho / (1 -
/// rho))) has Student's distribution of n - 1 degrees of freedom. 3 seeds are enough for that, and have a critical |t|
/// of 4.30; Wilcoxon's p can be 0.05 or less from 6 seeds on only.
///
/// A d_i within 1e-12 of the larger of |a_i| and |b_i| is rounding, and 0. Where all d_i are 0, p and wilcoxon_p are 1.
/// Where all are equal (up to the same rounding) and not 0, their standard deviation is no estimate of anything, so
/// that p is absent: wilcoxon_p, which needs the signs alone, is what is known. In both cases standard_error, interval
/// and effect_size are absent, and so is everything but the difference and the counts for one pair.
///
/// @param a, b values at the same seeds, in the same order; at least one, finite
/// @param overlap rho, as in summarise
/// @throws Error (shape) if they are not as many; (numerical) if a value or a difference is not finite, or for overlap
/// Source: Student 1908; Nadeau & Bengio 2003; d_z is of Cohen 1988, section 2.3.5.
PairedComparison compare_paired(const std::vector<double>& a, const std::vector<double>& b, double overlap = 0);

/// a_i - b_i, 0 where rounding may be all there is.
struct PairedDifferences {
  std::vector<double> values;
  bool all_equal = false;  ///< up to rounding; of one pair, yes
};

/// Likewise for a, b and errors. Cost: n.
PairedDifferences paired_differences(const double* a, const double* b, std::size_t n);

}  // namespace predcorr
