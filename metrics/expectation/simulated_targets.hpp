// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/stream.hpp"
#include "core/prediction/joint_prediction.hpp"

namespace predcorr::metrics {

/// Targets as a prediction itself would have them: draws of N(mean, latent + diag(noise)), n x count. With R = L L' the
/// correlations of y and s its standard deviations, a draw is mean + s L z; where the covariance is a factor F of fewer
/// columns than points and there are more than kDensePoints of these, it is mean + F z' + D^(1/2) z with D what F F'
/// leaves of the variances.
///
/// The numbers z depend on the stream, n and the draw alone, so that two predictions of the same points meet common
/// random numbers, as long as both go the same way; a draw does not depend on how many there are. Where R is singular,
/// the least jitter that gives it a factor is added (1e-10 to 1e-4): its root, 1e-5 at best, is how far y strays.
/// @throws Error (numerical) if a variance of y is too large for a double, or no such jitter helps
/// Cost: n^3 / 3 + n^2 w for a factor of width w, and n^2 / 2 for each draw; the other way n w for each.
Matrix simulated_targets(const JointPrediction& prediction, Index count, const Stream& stream);

inline constexpr Index kDensePoints = 1000;

/// Whether simulated_targets goes by the factor itself.
bool simulates_by_factor(const JointPrediction& prediction);

}  // namespace predcorr::metrics
