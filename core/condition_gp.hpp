// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/cholesky.hpp"
#include "core/joint_prediction.hpp"

namespace predcorr {

/// The posterior of a zero-mean GP at query points:
///   mean = K_qt (K_tt + D)^-1 y,  latent = K_qq - K_qt (K_tt + D)^-1 K_tq.  Rasmussen & Williams 2006, eq. 2.22-2.24.
/// Variances that rounding has made negative become 0.
/// @param observed factor of K_tt + D (n x n)  @param cross K_qt, m x n  @param prior K_qq, m x m
/// @param y n  @param noise_variance of the queries' y, m   Cost: n^2 m + n m^2.
JointPrediction condition_gp(const Cholesky& observed, Matrix cross, Matrix prior, const Vector& y,
                             Vector noise_variance);

}  // namespace predcorr
