// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "datasets/problem.hpp"

namespace predcorr::conformance {

// Small data that models are checked on, and what may be said of a prediction without knowing its model.

/// A curve along the first of `columns` standard normal inputs, sin(2 x), and noise of standard deviation 0.1.
TrainingData curve(Index rows, Index columns, std::uint64_t seed);

/// Training data with what only models that are privileged see of it, so that all can be fitted.
struct CheckData : TrainingData {
  PrivilegedData privileged = {};

  /// What is privileged as it is.
  CheckData subset(const Rows& rows) const { return {TrainingData::subset(rows), privileged}; }
};

/// A curve whose truth is a GP's and whose pool has 12 rows.
CheckData training_data(Index rows = 24, Index columns = 3, std::uint64_t seed = 3);

/// The same data with more rows behind, in the same units; what is privileged is that of the first.
CheckData with_rows(CheckData data, const TrainingData& more);

/// The targets as `scale * y + shift`, the labelled pool's, too.
CheckData with_targets(CheckData data, double scale, double shift);

/// The inputs moved by `shift`, the labelled pool's, too.
CheckData with_inputs_moved(CheckData data, double shift);

/// Standard normal points, the same in every call.
Matrix query_points(Index rows, Index columns = 3);

/// Relative tolerance for predictions that are the same but for rounding in float, which networks compute in.
inline constexpr double kFloatRounding = 1e-5;

/// Where `got` is not `expected`, as text; empty if nowhere. Means may differ by `tolerance` times the standard
/// deviation of y or the largest mean, covariances and noise by `tolerance` times the largest variance or squared mean;
/// 0 asks for the same bits. A prediction that is not joint, that draws other functions, say, is off by far more.
std::string difference(const JointPrediction& got, const JointPrediction& expected, double tolerance = kFloatRounding);

/// What breaks the rules for a prediction of `points` points, as text; empty if nothing does: sizes, finite numbers, no
/// negative noise, a latent covariance that is symmetric and positive semi-definite, both up to rounding, which for
/// eigenvalues is 1e-9 of the largest or of `variance`. Cost: n^3.
/// @param variance what the model says of points it knows less of: rounding there is left over here
std::string unsoundness(const JointPrediction& prediction, Index points, double variance = 0);

}  // namespace predcorr::conformance
