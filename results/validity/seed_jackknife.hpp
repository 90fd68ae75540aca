// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/matrix.hpp"

namespace predcorr {

/// A statistic of means over seeds, and where it may be expected, at 95 %, with seeds without end.
struct JackknifeInterval {
  double value = 0, low = 0, high = 0;

  /// Whether the statistic stays what it is whichever seed is left out, as an order of few models does: nothing is then
  /// known of its error, and low and high are no bounds.
  bool unmoved() const { return !(high - low > 1e-12); }  // more than rounding
};

/// Leaves out each seed in turn, with the results of all models: models of one seed share data and splits, so that
/// seeds, not results, are the independent replicates (Tukey 1958; Efron & Stein 1981).
///
/// Not a bootstrap: means over seeds drawn with replacement are noisier than the means they are drawn from, which pulls
/// correlations towards 0, often by so much that the value itself is outside of its interval.
class SeedJackknife {
 public:
  /// @param seeds at least 2  @throws Error (config)
  explicit SeedJackknife(Index seeds);

  /// Means over all seeds, then without each. Equal models have equal means, to the last bit.
  /// @param values models x seeds  @return models x (1 + seeds)
  Matrix means(const Matrix& values) const;

  /// The interval of a statistic computed from each column of such means: value +- t s, s the jackknife's standard
  /// error, t of seeds - 1 degrees of freedom, cut off at -bound and bound. Nothing where a number is not finite.
  std::optional<JackknifeInterval> interval(const Vector& statistic, double bound) const;

 private:
  Index seeds_;
  double quantile_;
};

enum class Relation { pearson, spearman };

/// A correlation over models, column by column; NaN in a column where one side does not vary.
/// @param a, b models x columns
Vector relations(const Matrix& a, const Matrix& b, Relation kind);

}  // namespace predcorr
