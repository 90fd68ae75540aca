// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/base/matrix.hpp"

namespace predcorr {

/// What rounding may do to a covariance, as a part of the largest variance of y: how far its two triangles may be
/// apart, and how far its variances and eigenvalues may lie below 0.
///
/// Of y, not of f: what is measured against is the covariance that scores factorise, noise included, and a posterior
/// whose own variances are tiny was computed as the difference of two matrices that are not.
/// Double: K** - K*' (K + s I)^-1 K* loses about eps times the condition number of K + s I, which reaches 1e10 for a
/// smooth kernel and little noise; that is 1e-6.
/// Single: entries of float32 are sums of n products, off by n eps; 1e-4 is that of some 1600 points.
inline constexpr double kDoubleRounding = 1e-6, kSingleRounding = 1e-4;

/// Checks a covariance from outside, and clears what rounding has left: unequal triangles become their mean, variances
/// below 0 become 0. Nothing else is repaired; what is symmetric and has no such variance keeps its bits.
/// @param c n x n  @param noise n, the variances of y around f  @param rounding kDoubleRounding or kSingleRounding
/// @param n_pool so many points come first whose covariances with each other may be NaN, all of them: not known. Each
/// of these points is then checked together with all others.
/// @return whether everything is known
/// @throws Error (shape, numerical) that begins with `subject` if it is not finite, symmetric and positive
/// semi-definite  Cost: n^3 / 3 on all idle threads; 1.5 n^2 doubles.
bool check_covariance(Matrix& c, const Vector& noise, double rounding, Index n_pool, const std::string& subject);

/// Whether the covariances of different points among the first `n_pool` are NaN, all of them, and nothing else is
/// there.
bool leaves_pool_open(const Matrix& c, Index n_pool);

/// The same matrix with 0 for these.
Matrix with_zeros_for_unknown(const Matrix& c, Index n_pool);

/// @throws Error (numerical) that names the first entry that is not finite, column by column
template <class Numbers>
void require_finite(const Numbers& values, const std::string& subject, const char* hint = "") {
  if (values.allFinite()) return;
  for (Index j = 0; j < values.cols(); ++j)
    for (Index i = 0; i < values.rows(); ++i)
      require(std::isfinite(values(i, j)), ErrorKind::numerical,
              "{}: has {} in row {}, column {} (counted from 0); finite numbers were expected{}", subject, values(i, j),
              i, j, hint);
}

}  // namespace predcorr
