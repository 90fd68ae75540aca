// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metrics/metric.hpp"

namespace predcorr::metrics {

/// An order of points that their own numbers decide, never the rows in which they stand: whatever is drawn by places in
/// it (groups of points, a part of them, one of several that are tied) stays the same when rows are permuted. Ranks are
/// used and not hashes of the numbers, so that neither a last digit nor another unit draws anew.
struct ContentOrder {
  Rows points;           ///< smallest first
  Rows ranks;            ///< of each point: 0..n-1
  bool distinct = true;  ///< whether no two points are equal in all keys; such points stand in the order of their rows
};

/// By the first key, where that is equal by the next, and so on.  @param keys n numbers each, not NaN  Cost: n log n.
ContentOrder content_order(const std::vector<Vector>& keys);

/// That of the test points: by their targets (or by `dealt_by`), which all models share; equal ones by their inputs and
/// by what the truth says of them, where these are at hand, then by predicted mean and variance of y.  @return
/// positions among the test points
ContentOrder test_order(const EvaluationData& evaluation, const JointPrediction& prediction);

/// The points in random order: that of SplitMix64 (Steele et al. 2014) of their ranks.
Rows shuffled(const ContentOrder& order);

}  // namespace predcorr::metrics
