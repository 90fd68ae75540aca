// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metrics/active_learning/pool_covariance.hpp"

namespace predcorr::metrics {

/// The pool in the space of posterior features, where points i and j are sqrt(C_ii + C_jj - 2 C_ij) apart: the
/// deviation of f_i - f_j. Noise plays no part. A point that is labelled has next to no posterior variance, so all that
/// are labelled count as one centre, number 0, at the origin, C_ii from point i; picks are centres 1, 2, ... A centre
/// costs one column of the covariance.
class NearestCentres {
 public:
  /// @param prediction of the pool, then the targets, which play no part
  NearestCentres(const JointPrediction& prediction, Index n_pool);

  /// Makes a pool point the next centre.  @throws Error (shape) if it is none or a centre already
  void add(Index q);

  /// From each point to its nearest centre. Differences below rounding (1e-14 of the variances) are 0.
  const Vector& squared_distance() const { return squared_distance_; }

  /// The nearest centre of each point; of equally near ones the first.
  const Rows& nearest() const { return nearest_; }

  Index centres() const { return centres_; }
  bool is_centre(Index q) const { return is_centre_[static_cast<std::size_t>(q)]; }

  /// The largest squared distance of a point of `among` (all centres' points, if -1) that is no centre; ties to the
  /// lower position. @return its position, -1 if there is none
  Index farthest(Index among = -1) const;

 private:
  PoolCovariance covariance_;
  Vector squared_distance_;
  Rows nearest_;
  std::vector<bool> is_centre_;
  Index centres_ = 1;
};

}  // namespace predcorr::metrics
