// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/joint_prediction.hpp"

namespace predcorr::metrics {

/// For every point itself and the k - 1 others whose |correlation| with it is largest, largest first; ties go to the
/// lower index. @param correlation n x n of the reference's y  @param k at most n is used  @return k x n
/// Cost: n^2 + n k log k.
Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic> neighbour_sets(const Matrix& correlation, Index k);

/// XLL(M | R), the cross-normalised log-likelihood: mean over points i of log N(y_S; mean^R_S, D R_M D) / k, where S is
/// i's neighbour set under R, R_M the model's correlations of y, D the reference's standard deviations. Means and
/// variances are the reference's, so only the model's correlations are judged.
/// @param model_correlation n x n  @param neighbours k x n, as neighbour_sets gives for the reference
/// @return nats per point  @throws Error (numerical) if a block is singular   Cost: n k^3 / 3.
/// Source: Wang, Sun & Grosse 2021, section 4.2.
double cross_log_likelihood(const Vector& y, const Matrix& model_correlation, const Vector& reference_mean,
                            const Vector& reference_variance,
                            const Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic>& neighbours);

}  // namespace predcorr::metrics
