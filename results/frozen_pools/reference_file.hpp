// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/prediction/joint_prediction.hpp"

namespace predcorr {

/// How the latent covariance of a frozen prediction is kept. What is kept is the reference, by definition; single
/// halves the file and moves each covariance by at most 1.2e-7 of the two standard deviations.
enum class Precision { single, full };

/// A prediction of n test points as it is frozen: the latent covariance as a factor if that has n / 2 columns or fewer,
/// else dense, rounded to single precision where that is asked for and can hold the variances (1e-30 to 1e30), and
/// where rounding does not make a reference of one that tells no point from another
/// (metrics/points/neighbour_sets.hpp). Cost: n^2 s / 2 for a factor of more columns.
JointPrediction as_reference(const JointPrediction& prediction, Precision precision);

/// Writes it as NumPy arrays (core/numpy/prediction_arrays.hpp), a dense covariance as `latent_lower`: the rows as
/// np.tril_indices(n) lists them, in single precision where it was rounded to it. Targets and inputs are not in it.
/// Equal predictions give equal bytes.  @throws Error (io). Not atomic by itself: see write_atomically.
void save_reference(const JointPrediction& prediction, Precision precision, const std::filesystem::path& file);

/// What as_reference gave, to the last bit.  @throws Error (io, data, shape, numerical) with what is wrong with the
/// file
JointPrediction load_reference(const std::filesystem::path& file);

}  // namespace predcorr
