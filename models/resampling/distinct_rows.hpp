// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datasets/problem.hpp"

namespace predcorr::models {

/// Training rows without those of weight 0, rows with equal inputs and targets taken as one: what leaving one out must
/// mean where rows were resampled, for a copy that stays behind would give its twin away. The same for rows that are
/// repeated and rows that have weights.
struct DistinctRows {
  Rows rows;       ///< the first of each set of equal rows, in order
  Vector weights;  ///< of the whole set; 1 each where the data have no weights
};

/// Cost: n log n comparisons.
DistinctRows distinct_rows(const TrainingData& data);

/// The data's weights, or ones: n.
Vector row_weights(const TrainingData& data);

}  // namespace predcorr::models
