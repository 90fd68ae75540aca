// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/numpy/npz.hpp"
#include "results/submission/score_sheet.hpp"

namespace predcorr {

// Problems and predictions as users save them with np.savez, n points: the pool first (perhaps none), then the test
// points. Arrays that are not named here are ignored.
//
// problem.npz: `y` (n), `n_pool` (a number; 0 if absent), `x` (n x d, optional: inputs, for scores that group points by
// nearness), and of the true posterior, all or none, `oracle_mean` (n), `oracle_latent_cov` (n x n), `oracle_noise_var`
// (n or one number).
//
// pred.npz: `mean`, `noise_var` (n or one number) and one of `latent_cov` (n x n), `factor` (n x s, with `diagonal`, n,
// where there is one; covariance factor factor' + diag), `samples` (s x n draws of f; `mean` may then be absent). Or
// `mean` and `cov` alone, as the study's code writes them: cov includes noise and is taken for the latent covariance,
// with noise 0. n may be the number of test points: then the prediction leaves the pool out.
//
// In `latent_cov`, `cov` and `oracle_latent_cov` the covariances of different pool points may be NaN, all of them: not
// known. No score needs them; what picks from the pool does.
//
// A covariance is refused where it is asymmetric or has an eigenvalue below 0 by more than 1e-8 of its largest entry or
// eigenvalue (1e-5 where it is float32).

/// @throws Error (io, data) that names file and array, what was expected, what was found
EvaluationData load_evaluation_data(const std::filesystem::path& file);

/// Cost: n^3 / 3 for a dense covariance.  @throws Error (io, data) as above
Submission load_submission(const std::string& name, const std::filesystem::path& file,
                           const EvaluationData& evaluation);

/// The arrays of a problem or prediction file that say nothing to it, perhaps misspelt.
std::vector<std::string> arrays_without_use(const std::filesystem::path& file, bool is_problem);

/// In the form that is read above; not atomic by themselves.  @throws Error (io)
void save_evaluation_data(const EvaluationData& evaluation, const std::filesystem::path& file);
void save_submission(const JointPrediction& prediction, const std::filesystem::path& file);

/// Adds `mean`, `latent_cov` or `factor` with `diagonal`, and `noise_var`, in the precision they have: a score of the
/// stored prediction must come out to the last bit.  @param diagonal latent.extra_diagonal(), to outlive the writer
void add_prediction(NpzWriter& npz, const JointPrediction& prediction, const Vector& diagonal);

}  // namespace predcorr
