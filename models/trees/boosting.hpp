// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/trees/tree_growing.hpp"

namespace predcorr::models {

/// A sum of trees: start + rate * sum of their values.
struct BoostedTrees {
  double start = 0, rate = 1;
  std::vector<Tree> trees;

  /// @param points m x d  @return m. Cost: m * trees * depth, in parallel
  Vector predict(const Matrix& points) const;
};

struct BoostingOptions {
  Index rounds = 100;
  double rate = 0.1;
  double subsample = 1;  ///< share of the rows that each round's tree sees, drawn without replacement
  Index patience = 0;    ///< rounds without a better validation error before it stops; 0: it never does
};

/// Gradient boosting by squared loss (Friedman 2001, 2002): each tree is fitted to what the sum so far leaves over.
/// @param weights n, not negative, not all 0  @param validation n weights of the rows that say when to stop, empty
/// where it does not; then the trees up to the best round are kept
BoostedTrees boost(const TreeGrower& grower, const Matrix& inputs, const Vector& targets, const Vector& weights,
                   const Vector& validation, const BoostingOptions& options, const Stream& stream);

}  // namespace predcorr::models
