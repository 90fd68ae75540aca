// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prediction/joint_prediction.hpp"

namespace predcorr {

/// What is believed once y has come true at some of the points, y = f + noise:
///   mean + C_xS (C_SS + N)^-1 (y - mean_S),   C - C_xS (C_SS + N)^-1 C_Sx,
/// with C the latent covariance and N the noise of the observed points S. The noise of further measurements stays what
/// it is. All points are kept in their order, in the form the covariance has: a dense matrix is copied once; a factor F
/// (n x s) with its own diagonal D stays one and nothing n x n is made. Its rows become w F T with T T' =
/// (I + F_S' (N + D_S)^-1 F_S)^-1, at observed points with w = N / (N + D) and a diagonal w D, elsewhere with w = 1 and
/// D as it is: exactly the formula above.
///
/// A point may be named several times: that many measurements, each with noise of its own. One rule for an observed
/// block that is singular (points without noise that are repeated, or more of them than the rank of C): in the order
/// given, a measurement whose y has no variance left but rounding (1e-12 of what it has before any) tells nothing and
/// is passed over, whatever it says. Variances of f that fall below 1e-12 of what they were become 0.
/// @param observed b positions  @param y b, target units
/// @throws Error (shape) if sizes do not fit or a position is no point, (data) if y is not finite
/// Cost: n^2 b for a dense matrix; for a factor n s min(2 b, s) + b^2 (s + b). Memory beyond the result: n b for a
/// dense matrix; for a factor n + b (s + b).   Source: Rasmussen & Williams 2006, appendix A.2.
JointPrediction condition_on(const JointPrediction& prediction, const Rows& observed, const Vector& y);

}  // namespace predcorr
