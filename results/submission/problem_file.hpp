// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/image_shape.hpp"
#include "results/submission/score_sheet.hpp"

namespace predcorr {

// Problems and predictions as users save them with np.savez, n points: the pool first (perhaps none), then the test
// points. Arrays that are not named are ignored.
//
// problem.npz: `y` (n), `n_pool` (a number; 0 if absent), `x` (n x d, optional: inputs, for scores that group points by
// nearness), `image` (height, width and channels, optional: where the rows of x are images), and of the true posterior,
// all or none, `oracle_mean` (n), `oracle_latent_cov` (n x n), `oracle_noise_var` (n or one number).
//
// pred.npz: the arrays of core/numpy/prediction_arrays.hpp, checked as they are for an external model. n may be the
// number of test points: then the prediction leaves the pool out.

/// @throws Error (io, data, shape, numerical) that names file and array, what was expected, what was found
EvaluationData load_evaluation_data(const std::filesystem::path& file);

/// Cost: n^3 / 3 for a dense covariance.  @throws Error as above
Submission load_submission(const std::string& name, const std::filesystem::path& file,
                           const EvaluationData& evaluation);

/// The arrays of a problem or prediction file that say nothing to it, perhaps misspelt.
std::vector<std::string> arrays_without_use(const std::filesystem::path& file, bool is_problem);

/// In the form that is read above, a dense covariance as `latent_cov`, in the precision they have: a score of the
/// stored prediction must come out to the last bit. Not atomic by themselves.
/// @param image what the inputs are images of, if they are  @throws Error (io)
void save_evaluation_data(const EvaluationData& evaluation, const std::filesystem::path& file,
                          const std::optional<ImageShape>& image = std::nullopt);
void save_submission(const JointPrediction& prediction, const std::filesystem::path& file);

}  // namespace predcorr
