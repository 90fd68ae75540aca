// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/joint_prediction.hpp"
#include "datasets/split.hpp"

namespace predcorr {

/// What is kept of a cell so that it can be scored again without a refit: NumPy arrays `mean`, `latent_cov` or `factor`
/// (with `diagonal` where there is one), `noise_var`, `y`, `n_pool`, `train_rows`, `pool_rows`, `test_rows`.
/// The prediction covers pool then test or, where the pool was not predicted, test alone (n_pool is then 0).
struct StoredPrediction {
  JointPrediction prediction;
  Vector y;          ///< of the predicted points
  Index n_pool = 0;  ///< how many of the predicted points are pool
  Split rows;        ///< row numbers of the source
};

/// @throws Error (io)
void save_prediction(const StoredPrediction& stored, const std::filesystem::path& file);

/// @throws Error (io, data) with what is wrong with the file
StoredPrediction load_prediction(const std::filesystem::path& file);

}  // namespace predcorr
