// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/prediction/joint_prediction.hpp"

namespace predcorr::metrics {

/// What a pool point q would tell about the targets, besides the points S conditioned on so far.
enum class TargetScore {
  information,  ///< -1/2 sum_t log(var(t | S, q) / var(t)), nats: about each target by itself
  variance,     ///< - sum_t var(t | S, q): the variance that would be left, negative
  correlation   ///< sum_t corr(y_q, f_t | S), over targets of which more than rounding is left
};

/// The covariance between y on the pool and f on the targets, conditioned on one pool point after another. Noise is on
/// the pool's diagonal only. Targets without variance have nothing to be learned and are left out.
///
/// Up to kStored pool x targets entries (and a dense covariance's always) are kept in double, and each pick passes over
/// them once, to subtract what it explains and to score what is left. More of a factor's entries are never kept:
/// `information` makes them anew for each pick, block by block, from the factor as it is and a small one conditioned,
/// at the rate of a matrix product; the other scores need no entries, only pool x width numbers a pick (`variance` pool
/// x width^2 once). Memory beyond the prediction: pool x targets, or targets x width, and pool x picks.
class TargetConditioning {
 public:
  static constexpr Index kStored = Index{1} << 26;

  /// @param prediction of the pool, then the targets; must outlive this  @param stored how many entries may be kept
  TargetConditioning(const JointPrediction& prediction, Index n_pool, Index stored = kStored);
  ~TargetConditioning();

  /// The score of every pool point; -infinity for points that are taken or have no variance.
  Vector scores(TargetScore kind);

  /// Adds a pool point to S.  @throws Error (shape) if it is none or taken, (numerical) if it has no variance left
  void condition_on(Index q);

  struct Entries;

 private:
  std::unique_ptr<Entries> entries_;
};

}  // namespace predcorr::metrics
