// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/linalg.hpp"
#include "core/stream.hpp"

namespace predcorr {

/// A statistic of means over seeds, and the central 95 % of what it is when seeds are drawn anew.
struct Interval {
  double value = 0, low = 0, high = 0;
};

/// Draws seeds with replacement, all models of a seed together: models of one seed share data and splits, so that
/// seeds, not results, are the independent replicates.
class SeedBootstrap {
 public:
  /// @param seeds at least 2  @throws Error (config)
  SeedBootstrap(Index seeds, int resamples, const Stream& stream);

  /// The same with draws made elsewhere: each as many numbers of seeds as there are seeds.
  SeedBootstrap(Index seeds, const std::vector<Rows>& draws);

  /// Means over seeds: first as they are, then of every resample. Equal models have equal means, to the last bit.
  /// @param values models x seeds  @return models x (1 + resamples)
  Matrix means(const Matrix& values) const;

 private:
  Matrix counts_;  // (1 + resamples) x seeds: how often a seed was drawn
};

enum class Relation { pearson, spearman };

/// A correlation over models, column by column; NaN in a column where one side does not vary.
/// @param a, b models x columns
Vector relations(const Matrix& a, const Matrix& b, Relation kind);

/// The first value with percentiles of the others, which leave out those that are NaN; nothing where the first is.
std::optional<Interval> interval_of(const Vector& statistic);

}  // namespace predcorr
