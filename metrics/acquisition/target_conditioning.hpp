// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/joint_prediction.hpp"

namespace predcorr::metrics {

/// The joint covariance of y on the pool and f on the targets, conditioned on one pool point after another.
/// Noise is on the pool's diagonal only. Targets without variance have nothing to be learned and are left out.
/// Memory: pool x targets, and pool x picks. Each pick costs pool * (targets + picks), never a refactorisation.
class TargetConditioning {
 public:
  TargetConditioning(const JointPrediction& prediction, Index n_pool);

  /// For every pool point q: -1/2 sum_t log(var(t | S, q) / var(t)), the information that the points S conditioned on
  /// so far and q together give about each target by itself, nats. Conditioned points get -infinity.
  Vector mean_marginal_information_gain() const;

  /// Adds a pool point to S.
  void condition_on(Index q);

 private:
  const JointPrediction& prediction_;
  Index n_pool_;
  RowMatrix cross_;         // pool x targets, conditional
  Vector pool_variance_;    // conditional, noise included
  Vector target_variance_;  // conditional
  Vector prior_target_variance_;
  Matrix columns_;  // pool x picks: the scaled columns subtracted so far
  std::vector<bool> taken_;
};

}  // namespace predcorr::metrics
