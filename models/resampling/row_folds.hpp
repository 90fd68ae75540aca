// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/matrix.hpp"
#include "datasets/problem.hpp"

namespace predcorr::models {

/// A fold 0 ... folds - 1 for each row, by a hash of its inputs: rows with the same inputs share a fold, whatever their
/// order and number, and the distinct ones are dealt out evenly. So a row and a copy of it, or a row of weight 2, are
/// the same thing, and nothing that is held out is also learned from. Where the data have groups, those share a fold
/// instead. Rows of weight 0 are not dealt: fold -1.
/// @param key makes another deal  @return n; fewer folds than asked for if there are fewer distinct rows
std::vector<int> row_folds(const TrainingData& data, int folds, std::uint64_t key);

/// The weights of `data` (ones if it has none) where the row's fold is not `fold`, or, turned round, is; else 0.
Vector weights_without(const TrainingData& data, const std::vector<int>& fold_of, int fold);
Vector weights_within(const TrainingData& data, const std::vector<int>& fold_of, int fold);

/// Weighted mean square of what was left over where each row was predicted by a fit that did not see its fold: noise
/// and the fit's own error together. Fits run in parallel. With fewer than two distinct rows of inputs there is nothing
/// to hold out: the weighted variance of the targets.
/// @param fit weights (n) of the rows to learn from to predictions of all rows (n)
double held_out_square(const TrainingData& data, int folds, std::uint64_t key,
                       const std::function<Vector(const Vector& weights, int fold)>& fit);

}  // namespace predcorr::models
