// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "core/prediction/joint_prediction.hpp"

namespace predcorr::metrics {

/// C, the latent covariance of the pool's points with each other, as criteria use it: a column at a time and products
/// with vectors. Everything is in double, of a float factor, too; blocks go to idle threads and are summed in a fixed
/// order. Shares the prediction's storage; nothing pool x pool is ever made.
class PoolCovariance {
 public:
  /// @param latent of the pool, then whatever else
  PoolCovariance(Covariance latent, Index n_pool);

  Index size() const { return n_pool_; }
  const Vector& variance() const { return variance_; }

  /// Column q.  Cost: pool, for a factor pool * width.
  Vector column(Index q) const;

  /// C x.  @param x one for each pool point  Cost: pool^2, for a factor 2 pool * width.
  Vector times(const Vector& x) const;

  /// sum_p C_pq^2 for every q.  Cost: pool^2, for a factor 2 pool * width^2.
  Vector squared_columns() const;

 private:
  Covariance latent_;
  Index n_pool_;
  Vector variance_;
};

/// The points from `n_pool` on that have more variance than `rounding` of the largest among them.
Rows uncertain_targets(const Vector& variance, Index n_pool, double rounding = 0);

/// Rows of a factor in double times a vector.
template <class Factor>
void multiply_rows(const Factor& factor, Index first, Index count, const Vector& x, Vector& product) {
  if constexpr (std::is_same_v<typename Factor::Scalar, double>) {
    product.segment(first, count).noalias() = factor.middleRows(first, count) * x;
  } else {
    thread_local RowMatrix rows;
    rows = factor.middleRows(first, count).template cast<double>();
    product.segment(first, count).noalias() = rows * x;
  }
}

/// Calls `body` with the stored factor, float or double, of a covariance that is one.
template <class Body>
auto with_factor(const Covariance& covariance, const Body& body) {
  if (const RowMatrix* factor = covariance.stored_factor()) return body(*factor);
  return body(*covariance.stored_float_factor());
}

}  // namespace predcorr::metrics
