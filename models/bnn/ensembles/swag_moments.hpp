// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"

namespace predcorr::models {

/// The normal distribution that SWAG (Maddox et al. 2019, algorithm 1) takes from the points w_t of a trajectory:
///   N(mean, (diag(variances) + D D' / (k - 1)) / 2)
/// with the trajectory's mean and variances (divisor t) and, in the k columns of D, the last points' deviations from
/// the mean at their time. Moments are updated in double as Welford (1962) does; a difference of squares in float would
/// lose small variances.
class SwagMoments {
 public:
  /// @param rank most columns of D, at least 1
  SwagMoments(Index parameters, int rank);

  void add(const VectorF& weights);

  Index count() const { return count_; }
  VectorF mean() const { return mean_.cast<float>(); }
  VectorF variances() const;

  /// parameters x k, k the lesser of rank and count, oldest column anywhere.
  MatrixF deviations() const { return deviations_.leftCols(std::min(count_, deviations_.cols())); }

  /// A draw from the distribution, the next of `stream`. After one point at least.
  void draw(Stream& stream, Eigen::Ref<VectorF> weights) const;

 private:
  Index count_ = 0;
  Vector mean_, squares_;  // squares of deviations, summed
  MatrixF deviations_;
};

}  // namespace predcorr::models
