// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/prediction/joint_prediction.hpp"

namespace predcorr::metrics {

/// Log densities of groups of points under one prediction, for many y at once. With z the standardised residuals and
/// R_g the correlations of y within group g, the copula part of all groups together is
///   -(z' Q z + sum_g log |R_g| - sum_i c_i z_i^2) / 2,   Q = sum_g P_g' R_g^-1 P_g,
/// c_i how many groups point i is in. So each R_g is factorised once, and a further y costs no more than one form.
class GroupedDraws {
 public:
  /// @param y n x k, target units
  /// @throws Error (numerical) if a variance of y is 0 or no double holds it
  GroupedDraws(const JointPrediction& prediction, const Matrix& y);

  /// Means over groups, nats per point: 2 x k, joint above copula.
  /// @param groups of equal size t, at least one, no point twice in one of them
  /// @throws Error (numerical) if y's covariance is singular in a group (metrics/gaussian.hpp)
  /// Cost: t^3 for each group, and for each y the smaller of t^2 for each group and n^2. Memory: n^2 doubles, for the
  /// latter.
  Matrix means(const std::vector<Rows>& groups) const;

 private:
  Matrix correlations(const Rows& rows) const;
  double add_to_form(const std::vector<Rows>& groups, Vector& forms) const;
  double add_by_group(const std::vector<Rows>& groups, Vector& forms) const;

  JointPrediction prediction_;
  Vector variance_;
  Matrix z_;      // n x k
  Matrix whole_;  // correlations of all points, where these are few
};

}  // namespace predcorr::metrics
