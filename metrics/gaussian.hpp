// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg/cholesky.hpp"
#include "core/prediction/joint_prediction.hpp"

namespace predcorr::metrics {

// One rule for covariances of y that are not positive definite, as those of fewer members than points are where there
// is no noise: no jitter is ever added, and what needs the density is absent with the reason "singular". y's
// correlation matrix counts as singular where a squared pivot of its Cholesky factor, the share of a point's variance
// that the points before it leave open, is at most singular_pivot(n): such a share is rounding, and its logarithm no
// evidence. So y's unit and unequal variances do not matter. Groups smaller than the number of members can be regular
// where the whole test set is not.

/// 10 n eps.
double singular_pivot(Index n);

/// The factor of a correlation matrix (n x n, lower triangle read).  Cost: n^3 / 3.
/// @throws Error (numerical) if it is singular by the rule above
Cholesky regular_factor(Matrix correlation);

/// sum_i log N(y_i; mean_i, variance_i), nats.  @throws Error (numerical) if a variance is 0 or no double holds it
double marginal_log_density(const Vector& y, const Vector& mean, const Vector& variance);

/// The density of n points together, and its two parts: each point by itself, and how they hang together. With
/// z_i = (y_i - mean_i) / sqrt(C_ii) and R the correlation matrix of y,
///   log N(y; mean, C) = sum_i log N(y_i; mean_i, C_ii) + log c,  log c = log N(z; 0, R) - sum_i log N(z_i; 0, 1),
/// where c is the density of the Gaussian copula with correlations R at the points' own probabilities Phi(z_i).
struct JointDensity {
  Index points = 0;
  double marginal = 0;         ///< nats, all points
  double copula = 0;           ///< nats, all points; 0 without correlations
  double whitened_square = 0;  ///< (y - mean)' C^-1 (y - mean)
  double marginal_square = 0;  ///< sum_i z_i^2
  double log_determinant = 0;  ///< log |C|, of target units

  double joint() const { return marginal + copula; }
};

/// Dense: n^3 / 3. Where the covariance is a factor of s < n columns and every point has noise: n s^2, by the
/// determinant lemma and Woodbury's identity.  @throws Error (numerical) if a variance of y is 0 or y's correlation
/// matrix is singular by the rule above
JointDensity joint_density(const Vector& y, const JointPrediction& prediction);

/// The same for many y of one prediction, whose factor is made once: k numbers each.
struct JointDensities {
  Vector marginal, copula, whitened_square, marginal_square;
};

/// @param y n x k  Cost: that of joint_density and, for each column, n^2 / 2, or n s where it goes by the factor.
/// @throws Error (numerical) as joint_density does
JointDensities joint_densities(const Matrix& y, const JointPrediction& prediction);

/// About how many multiply-adds a column of joint_densities costs.
double joint_density_cost(const JointPrediction& prediction);

/// log N(y; mean, latent + diag(noise)), nats, of all points together: joint_density(...).joint().
double joint_log_density(const Vector& y, const JointPrediction& prediction);

/// KL(N(truth) || N(model)) of y at n points, nats: with C = L L' of the model, C_0 = L_0 L_0' of the truth and d the
/// difference of means, (|L^-1 L_0|^2 + |L^-1 d|^2 - n + log |C| - log |C_0|) / 2.  Cost: 5 n^3 / 3.
/// @throws Error (numerical) if a variance of y is 0 or one of the two is singular: the divergence is then infinite,
/// or undefined
double kl_divergence(const JointPrediction& truth, const JointPrediction& model);

/// C_ij / sqrt(C_ii C_jj). A point without variance has correlation 0 with all others and 1 with itself.
Matrix correlation_matrix(const Matrix& covariance);

/// The same for a block of it, given the variances of its rows and columns.
Matrix correlation_block(Matrix block, const Vector& row_variance, const Vector& col_variance);

/// Latent covariance plus noise, dense.
Matrix observed_covariance(const JointPrediction& prediction);

}  // namespace predcorr::metrics
