// SPDX-License-Identifier: Apache-2.0
#include "metrics/acquisition/target_conditioning.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace predcorr::metrics {

TargetConditioning::TargetConditioning(const JointPrediction& p, Index n_pool)
    : prediction_(p), n_pool_(n_pool), taken_(static_cast<std::size_t>(n_pool), false) {
  const Vector latent = p.latent.diagonal();
  pool_variance_ = latent.head(n_pool) + p.noise_variance.head(n_pool);
  Rows targets;
  for (Index t = n_pool; t < p.size(); ++t)
    if (latent(t) > 0) targets.push_back(t);
  target_variance_ = prior_target_variance_ = latent(targets);
  cross_ = p.latent.block(consecutive_rows(0, n_pool), targets);
}

Vector TargetConditioning::mean_marginal_information_gain() const {
  // A target that a point determines completely has no finite gain; rounding decides what is left of its variance.
  constexpr double kLeastPart = 1e-14;
  const Vector prior_inverse = prior_target_variance_.cwiseInverse();
  Vector gain(n_pool_);
  constexpr Index kBlock = 64;
  parallel_for((n_pool_ + kBlock - 1) / kBlock, [&](Index block) {
    for (Index q = block * kBlock; q < std::min(n_pool_, (block + 1) * kBlock); ++q) {
      const bool usable = !taken_[static_cast<std::size_t>(q)] && pool_variance_(q) > 0;
      gain(q) =
          usable ? -0.5 * ((target_variance_.array() - cross_.row(q).transpose().array().square() / pool_variance_(q)) *
                           prior_inverse.array())
                              .max(kLeastPart)
                              .log()
                              .sum()
                 : -std::numeric_limits<double>::infinity();
    }
  });
  return gain;
}

void TargetConditioning::condition_on(Index q) {
  require(q >= 0 && q < n_pool_ && !taken_[static_cast<std::size_t>(q)], ErrorKind::shape,
          "conditioning: pool point {} is outside 0..{} or taken already", q, n_pool_ - 1);
  require(pool_variance_(q) > 0, ErrorKind::numerical, "conditioning: pool point {} has no variance left", q);
  const double root = std::sqrt(pool_variance_(q));
  Vector column = prediction_.latent.block(consecutive_rows(0, n_pool_), {q});
  column(q) += prediction_.noise_variance(q);
  if (columns_.cols() > 0) column -= columns_ * columns_.row(q).transpose();
  column /= root;
  const Vector row = cross_.row(q).transpose() / root;
  cross_.noalias() -= column * row.transpose();
  pool_variance_ = (pool_variance_ - column.cwiseAbs2()).cwiseMax(0);
  target_variance_ = (target_variance_ - row.cwiseAbs2()).cwiseMax(0);
  columns_.conservativeResize(n_pool_, columns_.cols() + 1);
  columns_.rightCols(1) = column;
  taken_[static_cast<std::size_t>(q)] = true;
}

}  // namespace predcorr::metrics
