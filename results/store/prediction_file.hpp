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

/// How much of this prediction is in the file that save_prediction writes: where nothing is left out, all.
Keep what_is_kept(const StoredPrediction& stored, Keep keep);

/// Whether it could be loaded once it is saved: sizes fit, everything is finite (but for what is not known), no
/// variance is negative.  @throws Error (shape, numerical, data)
void check_stored(const StoredPrediction& stored, const std::string& subject);

/// Writes deflated NumPy arrays: `mean`, `noise_var`, `y`, `n_pool`, `train_rows`, `pool_rows`, `test_rows` and, of the
/// covariance, `factor` (with `diagonal` where there is one) or `latent_lower`: the rows of the lower triangle, one
/// after the other. Of a dense matrix of which Keep::predictions are kept `latent_lower` begins with the first test
/// point's row, and `pool_variance` (n_pool) has the diagonal before it: meta-correlation needs pool x test, all other
/// scores test x test. With Keep::test it is a prediction of the test points, n_pool is 0. Every number comes back to
/// the last bit.  @param keep not Keep::scores  @throws Error (io), and as check_stored
void save_prediction(const StoredPrediction& stored, Keep keep, const std::filesystem::path& file);

/// @throws Error (io, data) with what is wrong with the file
StoredPrediction load_prediction(const std::filesystem::path& file);

/// Whether two are the same to the last bit (what is not known is equal to itself).
bool same_bits(const StoredPrediction& a, const StoredPrediction& b);

}  // namespace predcorr
