// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/kernels/kernel.hpp"
#include "datasets/generators/gp_truth.hpp"
#include "models/conformance/cases.hpp"
#include "models/model.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

std::shared_ptr<const Model> model(const std::string& name, const Json& parameters = Json::object());

/// A registered model's parameters: the defaults, with budgets that a test can afford wherever it knows the name.
Json cheap_parameters(const std::string& name);

/// Whether the model draws members, samples, hyper-parameters or initial weights; then another stream must give another
/// prediction.
bool is_random(const std::string& name);

/// A curve along the first of `columns` standard normal inputs, and a little noise.
TrainingData curve(Index rows, Index columns, std::uint64_t seed);

/// y = sin(2 x) + 0.3 noise at n inputs on [-1, 1].
TrainingData noisy_sine(Index n);

/// (|y - m|^2 + tr C) / n with a posterior's own m and C at the rows: the noise variance at which EM stands still, so
/// that of greatest evidence, or of the greatest variational bound, has to be it.
double stationary_noise(const Posterior& posterior, const TrainingData& data);

/// For targets sin(frequency x) + noise, x the first input: the noise variance found is what the mean square of these
/// rows' own noise was, so that no model is held to the scatter of the sample. What it may be off by, the p = tr C / s
/// degrees of freedom that its function takes decide: relative to s a standard deviation of sqrt(2 p) / n, and four of
/// these are allowed.
void check_noise_found(const Posterior& posterior, const TrainingData& data, double frequency = 2);

using conformance::CheckData;
using conformance::training_data;
using conformance::with_rows;

/// The same of data without anything privileged.
TrainingData with_rows(TrainingData data, const TrainingData& more);

/// The targets in another unit, the labelled pool's, too.
CheckData with_targets_times(CheckData data, double factor);
TrainingData with_targets_times(TrainingData data, double factor);

Matrix query_points(Index rows, Index columns = 3);

/// Bit for bit.
bool identical(const JointPrediction& a, const JointPrediction& b);

/// Equal up to rounding in float, which networks compute in: means to 1e-5 of the standard deviation of y or of the
/// largest mean, covariances to 1e-5 of the largest variance or squared mean. A prediction that is not joint, that
/// draws other functions, say, is off by far more.
void check_equal(const JointPrediction& a, const JointPrediction& b, double tolerance = 1e-5);

/// Finite; a latent covariance that is symmetric and, up to 1e-9 of its largest eigenvalue, positive semi-definite; no
/// negative noise.
void check_sound(const JointPrediction& p, Index points);

}  // namespace predcorr::test
