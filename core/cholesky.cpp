// SPDX-License-Identifier: Apache-2.0
#include "core/cholesky.hpp"

#include "core/error.hpp"

namespace predcorr {

Cholesky::Cholesky(Matrix matrix, double largest_jitter) {
  require(matrix.rows() == matrix.cols(), ErrorKind::shape, "Cholesky: matrix must be square, got {} x {}",
          matrix.rows(), matrix.cols());
  require(matrix.diagonal().allFinite(), ErrorKind::numerical, "Cholesky: matrix has entries that are not finite");
  const double scale = matrix.rows() > 0 ? matrix.diagonal().mean() : 1.0;
  double added = 0;
  for (double relative = 0; relative <= largest_jitter * 1.0001; relative = relative == 0 ? 1e-10 : relative * 10) {
    matrix.diagonal().array() += relative * scale - added;
    added = relative * scale;
    llt_.compute(matrix);
    // Eigen reports a non-positive pivot; a NaN slips through it and shows in the factor's diagonal.
    if (llt_.info() == Eigen::Success && llt_.matrixLLT().diagonal().allFinite()) {
      jitter_ = added;
      return;
    }
    if (largest_jitter <= 0) break;
  }
  fail(ErrorKind::numerical,
       "Cholesky: a {0} x {0} matrix is not positive definite, even with {1:.1e} of its mean diagonal added",
       matrix.rows(), largest_jitter);
}

double Cholesky::log_determinant() const { return 2 * llt_.matrixLLT().diagonal().array().log().sum(); }

}  // namespace predcorr
