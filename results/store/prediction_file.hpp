// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/prediction/joint_prediction.hpp"
#include "datasets/split.hpp"
#include "results/store/keep.hpp"

namespace predcorr {

/// What is kept of a cell so that it can be scored again without a refit.
/// The prediction covers pool then test or, where the pool was not predicted, test alone (n_pool is then 0).
struct StoredPrediction {
  JointPrediction prediction;
  Vector y;           ///< of the predicted points
  Index n_pool = 0;   ///< how many of the predicted points are pool
  Split rows;         ///< row numbers of the source
  bool whole = true;  ///< false: covariances between different pool points are not known, NaN in `prediction`
};

/// Whether targets stand in a prediction's file. They are left out where the file goes to others, to whom the data may
/// not be given: those who have the data have the targets.
enum class Targets { kept, left_out };

/// How much of this prediction is in the file that save_prediction writes: where nothing is left out, all.
Keep what_is_kept(const StoredPrediction& stored, Keep keep);

/// Writes deflated NumPy arrays: `y`, `n_pool`, `train_rows`, `pool_rows`, `test_rows` and the prediction
/// (core/numpy/prediction_arrays.hpp), a dense covariance as `latent_lower`. Of that, where Keep::predictions are kept,
/// the pool's part is left out but for its diagonal: meta-correlation needs pool x test, all other scores test x test.
/// With Keep::test it is a prediction of the test points, n_pool is 0. Every number comes back to the last bit.
/// @param keep not Keep::scores
/// @throws Error (io), and (shape, numerical, data) for what could not be loaded again: sizes that do not fit, numbers
/// that are not finite (but for what is not known), a negative variance
void save_prediction(const StoredPrediction& stored, Keep keep, const std::filesystem::path& file,
                     Targets targets = Targets::kept);

/// @throws Error (io, data, shape, numerical) with what is wrong with the file
StoredPrediction load_prediction(const std::filesystem::path& file);

/// What save_prediction wrote with Targets::left_out, by whoever: `y` is empty. The covariance is checked as one from
/// outside.  @throws Error likewise, and (data) where the file has targets
StoredPrediction load_prediction_without_targets(const std::filesystem::path& file);

/// Whether two are the same to the last bit (what is not known is equal to itself).
bool same_bits(const StoredPrediction& a, const StoredPrediction& b);

}  // namespace predcorr
