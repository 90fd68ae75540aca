// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/nearest_centres.hpp"

#include "core/base/error.hpp"

namespace predcorr::metrics {

NearestCentres::NearestCentres(const JointPrediction& p, Index n_pool)
    : covariance_(p.latent, n_pool),
      squared_distance_(covariance_.variance()),
      nearest_(static_cast<std::size_t>(n_pool), 0),
      is_centre_(static_cast<std::size_t>(n_pool), false) {}

void NearestCentres::add(Index q) {
  require(q >= 0 && q < covariance_.size() && !is_centre(q), ErrorKind::shape,
          "centres: pool point {} is outside 0..{} or a centre already", q, covariance_.size() - 1);
  constexpr double kRounding = 1e-14;
  const Vector column = covariance_.column(q);
  const Vector& variance = covariance_.variance();
  for (Index i = 0; i < column.size(); ++i) {
    const double sum = variance(i) + variance(q), between = sum - 2 * column(i);
    const double squared = between > kRounding * sum ? between : 0;
    if (i != q && squared >= squared_distance_(i)) continue;
    squared_distance_(i) = i == q ? 0 : squared;
    nearest_[static_cast<std::size_t>(i)] = centres_;
  }
  is_centre_[static_cast<std::size_t>(q)] = true;
  ++centres_;
}

Index NearestCentres::farthest(Index among) const {
  Index best = -1;
  for (Index i = 0; i < squared_distance_.size(); ++i) {
    if (is_centre(i) || (among >= 0 && nearest_[static_cast<std::size_t>(i)] != among)) continue;
    if (best < 0 || squared_distance_(i) > squared_distance_(best)) best = i;
  }
  return best;
}

}  // namespace predcorr::metrics
