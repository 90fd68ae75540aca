// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Cholesky>

#include "core/linalg.hpp"

namespace predcorr {

/// Lower Cholesky factor L of a symmetric positive definite matrix A = L L', and what it took to get it.
class Cholesky {
 public:
  /// Factorises `matrix` (n x n, only the lower triangle is read). Where that fails, retries with
  /// jitter * mean(diagonal) added to the diagonal, jitter growing tenfold from 1e-10 to `largest_jitter`.
  /// Pass 0 to forbid jitter. Cost: n^3 / 3 for each try.
  /// @throws Error (numerical) if the matrix is not finite or no allowed jitter helps.
  explicit Cholesky(Matrix matrix, double largest_jitter = 1e-4);

  Index size() const { return llt_.matrixLLT().rows(); }

  /// What was added to the diagonal, in the matrix's own unit; 0 in the good case.
  double jitter() const { return jitter_; }

  /// log |A|.
  double log_determinant() const;

  /// L, lower triangle of the returned expression.
  auto lower() const { return llt_.matrixL(); }

  /// A^-1 b, two triangular solves.
  Matrix solve(const Eigen::Ref<const Matrix>& b) const { return llt_.solve(b); }

  /// L^-1 b: b whitened. Cost: n^2 per column.
  Matrix whiten(const Eigen::Ref<const Matrix>& b) const { return llt_.matrixL().solve(b); }

 private:
  Eigen::LLT<Matrix, Eigen::Lower> llt_;
  double jitter_ = 0;
};

}  // namespace predcorr
