// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg/panels.hpp"

namespace predcorr {

/// What a factorisation is made in, to be used again for the next of the same size.
struct CholeskyStorage {
  Matrix matrix;  ///< n x n, only the lower triangle is read; then L in the lower triangle, undefined above
  Panels below;   ///< L's tiles below the diagonal (core/linalg/tiles.hpp)
};

/// Lower Cholesky factor L of a symmetric positive definite matrix A = L L', and what it took to get it.
class Cholesky {
 public:
  /// Factorises `matrix` (n x n, only the lower triangle is read) in place. Where that fails, retries with
  /// jitter * mean(diagonal) added to the diagonal, jitter growing tenfold from 1e-10 to `largest_jitter`.
  /// Pass 0 to forbid jitter. Cost: n^3 / 3 for each try, on all idle threads.
  /// @throws Error (numerical) if the matrix is not finite or no allowed jitter helps.
  explicit Cholesky(Matrix matrix, double largest_jitter = 1e-4)
      : Cholesky(CholeskyStorage{std::move(matrix), {}}, largest_jitter) {}

  /// The same of `storage.matrix`, in `storage`: about 1.5 n^2 doubles.
  explicit Cholesky(CholeskyStorage storage, double largest_jitter = 1e-4);

  Index size() const { return storage_.matrix.rows(); }

  /// What was added to the diagonal, in the matrix's own unit; 0 in the good case.
  double jitter() const { return jitter_; }

  /// log |A|.
  double log_determinant() const { return 2 * storage_.matrix.diagonal().array().log().sum(); }

  /// L, lower triangle of the returned expression.
  auto lower() const { return storage_.matrix.triangularView<Eigen::Lower>(); }

  /// A^-1 b, two triangular solves.
  Matrix solve(const Eigen::Ref<const Matrix>& b) const;

  /// L^-1 b: b whitened. Cost: n^2 per column.
  Matrix whiten(const Eigen::Ref<const Matrix>& b) const;

  /// L'^-1 b. Cost: n^2 per column.
  Matrix unwhiten(const Eigen::Ref<const Matrix>& b) const;

  /// Every row r becomes L^-1 r; the cheapest form for many right-hand sides.  @param rows m x n
  void whiten_rows_in_place(Eigen::Ref<Matrix> rows) const;

  /// The factor of A with k more rows and columns, without a new factorisation. Cost: n^2 k + n k^2 + k^3 / 3.
  /// @param cross k x n, the new rows against the old ones  @param block k x k, the new rows among themselves, jitter
  /// of the factor not included  @throws Error (numerical) if the enlarged matrix is not positive definite
  Cholesky extended(Matrix cross, Matrix block) const;

  /// Estimate of the condition number (largest over smallest eigenvalue), from below, by a few power and inverse
  /// iterations. Cost: 40 n^2.
  double condition_estimate() const;

  /// Gives up the storage.
  CholeskyStorage release() && { return std::move(storage_); }

 private:
  Cholesky() = default;

  CholeskyStorage storage_;
  double jitter_ = 0;
};

}  // namespace predcorr
