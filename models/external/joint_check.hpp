// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prediction/joint_prediction.hpp"
#include "models/external/arrays.hpp"

namespace predcorr::models {

/// What rounding may do to a covariance that was computed in double or in single precision, as a part of the largest
/// variance of y. A Gaussian process that subtracts two nearly equal matrices is off by so much.
inline constexpr double kDoubleRounding = 1e-6, kSingleRounding = 1e-4;

/// Most points whose whole covariance is factorised to see that no combination of them has a negative variance.
/// Of more, every pair is looked at, and so many points spread evenly over them are factorised.
inline constexpr Index kMostFactorised = 2000;

/// The joint prediction that a model wrote: `mean` (m) and one of `latent_cov` (m x m), `factor` (m x s: covariance
/// F F') and `samples` (s x m: function draws, s >= 2, whose mean serves where `mean` is left out), and `noise_var`
/// (m or one number). Nothing is repaired but what rounding leaves: the two triangles are averaged, and a variance just
/// below 0 becomes 0.  Cost: m^3 / 3 operations for a dense covariance, at most kMostFactorised^3 / 3 + m^2.
/// @throws Error (shape, numerical, data, io) that names the array, what was expected and what was found
JointPrediction read_prediction(const Arrays& arrays, Index points);

/// @param latent n x n; becomes exactly symmetric  @param scale the largest variance of y
/// @param rounding part of `scale` that may be missing  @param subject what messages call it
/// @throws Error (shape, numerical) if it is not finite, symmetric and positive semi-definite
void check_covariance(Matrix& latent, double scale, double rounding, const std::string& subject);

}  // namespace predcorr::models
