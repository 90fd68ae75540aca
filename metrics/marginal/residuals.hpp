// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "metrics/metric.hpp"

namespace predcorr::metrics {

/// What each test point's own distribution N(mean, sigma^2) of y said, and what came true. Correlations do not count.
struct Marginals {
  Vector y;      ///< n_test, target units
  Vector mean;   ///< n_test, target units
  Vector sigma;  ///< n_test, target units: sqrt(latent variance + noise variance)

  Index size() const { return y.size(); }

  /// (y - mean) / sigma, the r-statistic: N(0, 1) where the prediction is calibrated.
  /// @throws Error (numerical) if a sigma is 0, or so small that the ratio overflows
  Vector standardised_residuals() const;
};

/// The test points' part of a prediction.  @throws Error (numerical) if a variance of y is none that a double holds
Marginals test_marginals(const EvaluationData& evaluation, const JointPrediction& prediction);

/// What Metric::do_score_draws returns of a metric that looks at nothing else: `values` of the marginals with each
/// column of `targets` in turn as y. Columns for which it throws an Error have no values.
/// @param scores how many values there are
Matrix draws_of_marginals(const EvaluationData& evaluation, const JointPrediction& prediction, const Matrix& targets,
                          Index scores,
                          const std::function<std::vector<std::optional<double>>(const Marginals&)>& values);

/// Metric::draw_cost of such a metric: 300 n, since the error function or the sorting of n numbers takes as long.
double marginal_draw_cost(const EvaluationData& evaluation);

/// Density and distribution function of N(0, 1); exact to rounding far into the lower tail.
double normal_density(double x);
double normal_cdf(double x);

/// Smallest first. Cost: n log n.
Vector sorted(Vector values);

/// The same of numbers in [0, 1], by buckets: n where they are spread out, as levels of a prediction that is right are.
Vector sorted_levels(const Vector& levels);

/// A histogram of equal bins from `low` to `high`. A value on an inner edge belongs to the bin above it, `high` to the
/// last bin; values outside are in no bin.
struct Histogram {
  Vector edges;   ///< bins + 1
  Vector counts;  ///< bins

  Histogram(const Vector& values, double low, double high, Index bins);

  /// Counts divided by `total` and by the bin's width.
  Vector density(Index total) const;
};

/// A JSON list of the numbers.
Json to_json_list(const Vector& values);

}  // namespace predcorr::metrics
