// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metrics/active_learning/pool_covariance.hpp"

namespace predcorr::metrics {

/// The pool's points given y at some of them, S, picked one after another, and, if wanted, given f at the targets.
/// Kept for each pick is a column: the covariance of the pool with what the pick told. Memory: pool x picks. A column
/// costs pool * picks, and pool * width for a factor.
class PoolConditioning {
 public:
  /// @param prediction of the pool, then the targets
  PoolConditioning(const JointPrediction& prediction, Index n_pool);

  /// The same where f is known at the targets as well. One rule for covariances that are singular, as those of fewer
  /// members than targets: f is seen there with a little noise, 1e-10 of its variance. A narrower factor than there are
  /// targets always has it, in place of a smaller extra diagonal; all else only where the Cholesky factorisation of the
  /// targets' correlations fails without, in tenfold steps as class Cholesky does. Targets with less than 1e-12 of the
  /// largest variance tell nothing.
  /// Cost: pool * targets^2 and memory pool x targets; narrower factors pool * width^2 and pool x width.
  static PoolConditioning given_targets(const JointPrediction& prediction, Index n_pool);

  Index size() const { return covariance_.size(); }

  /// Of f at every point, those taken as well.
  const Vector& latent_variance() const { return left_; }

  /// Of y at a point that is not taken.
  double variance(Index q) const { return left_(q) + noise_(q); }

  /// Whether the point can be picked: not taken, and y has a variance that is more than rounding (1e-12) of its first.
  bool available(Index q) const { return !taken_[static_cast<std::size_t>(q)] && variance(q) > least_(q); }

  /// Adds a pool point to S.  @return the covariance of f on the pool with y_q, given S before, over y_q's deviation
  /// @throws Error (shape) if it is none or taken, (numerical) if it has no variance left
  Vector condition_on(Index q);

  /// The latent covariance of the pool, as it is now, times x.  Cost: pool^2 or 2 pool * width, and pool * picks.
  Vector times(const Vector& x) const;

  const PoolCovariance& covariance() const { return covariance_; }

 private:
  PoolConditioning(PoolCovariance covariance, const Vector& noise);
  void explain(Matrix columns);

  PoolCovariance covariance_;  // before any pick
  Vector noise_, left_, least_;
  std::vector<bool> taken_;
  std::vector<Matrix> explained_;  // pool x any number of columns each, whose outer products are subtracted
  Index free_ = 0;                 // columns of the last that are still 0
};

}  // namespace predcorr::metrics
