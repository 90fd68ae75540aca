// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/joint_prediction.hpp"

namespace predcorr::metrics {

/// sum_i log N(y_i; mean_i, variance_i), nats.
double marginal_log_density(const Vector& y, const Vector& mean, const Vector& variance);

/// log N(y; mean, latent + diag(noise)), nats, of all points together. Dense: n^3 / 3. Where the covariance is a factor
/// of s < n columns and every point has noise: n s^2, by the determinant lemma and Woodbury's identity.
/// No jitter is added.  @throws Error (numerical) if the covariance of y is singular
double joint_log_density(const Vector& y, const JointPrediction& prediction);

/// C_ij / sqrt(C_ii C_jj). A point without variance has correlation 0 with all others and 1 with itself.
Matrix correlation_matrix(const Matrix& covariance);

/// The same for a block of it, given the variances of its rows and columns.
Matrix correlation_block(Matrix block, const Vector& row_variance, const Vector& col_variance);

/// Latent covariance plus noise, dense.
Matrix observed_covariance(const JointPrediction& prediction);

}  // namespace predcorr::metrics
