// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/covariance_check.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "core/linalg/cholesky.hpp"

namespace predcorr {
namespace {

constexpr Index kMostForEigenvalues = 500;  // whose smallest eigenvalue a message may name without delay
constexpr Index kTile = 64;                 // rows and columns at a time: an entry and its mirror image lie far apart

/// Calls `body` with i < j, tile by tile.
template <class Body>
void for_each_pair(Index n, const Body& body) {
  for (Index right = 0; right < n; right += kTile)
    for (Index top = 0; top <= right; top += kTile)
      for (Index j = right; j < std::min(right + kTile, n); ++j)
        for (Index i = top; i < std::min(top + kTile, j); ++i) body(i, j);
}

/// Both triangles become their mean where they differ by rounding.
void check_symmetry(Matrix& c, double tolerance, const std::string& subject) {
  for_each_pair(c.rows(), [&](Index i, Index j) {
    double &upper = c(i, j), &lower = c(j, i);
    if (upper == lower || std::isnan(upper)) return;  // not known, or it would not have got here
    require(std::abs(upper - lower) <= tolerance, ErrorKind::numerical,
            "{}: is not symmetric: {:.6g} in row {}, column {}, but {:.6g} in row {}, column {} (counted from 0)",
            subject, upper, i, j, lower, j, i);
    upper = lower = upper / 2 + lower / 2;
  });
}

/// Why c / scale + rounding I could not be factorised: the first pair that says it all, or else the eigenvalues.
[[noreturn]] void refuse(const Matrix& c, double tolerance, const std::string& found, const std::string& subject) {
  for_each_pair(c.rows(), [&](Index i, Index j) {
    const double most = std::sqrt(c(i, i) + tolerance) * std::sqrt(c(j, j) + tolerance);
    require(std::abs(c(i, j)) <= most, ErrorKind::numerical,
            "{}: is no covariance: the correlation of points {} and {} is {:.4g} (counted from 0)", subject, i, j,
            c(i, j) / std::sqrt(c(i, i)) / std::sqrt(c(j, j)));
  });
  fail(ErrorKind::numerical,
       "{}: is no covariance, since some combination of points has a negative variance{}; more than rounding ({:.4g}) "
       "is "
       "missing",
       subject, found, tolerance);
}

/// A Cholesky factor of C / scale + rounding I shows that no eigenvalue of C is below -rounding * scale.
void check_semidefinite(const Matrix& c, double scale, double rounding, const std::string& subject) {
  if (scale > 0) {
    Matrix shifted = c / scale;
    shifted.diagonal().array() += rounding;
    try {
      [[maybe_unused]] const Cholesky factor(std::move(shifted), 0);
      return;
    } catch (const Error&) {  // most likely indefinite
    }
  } else if (c.isZero(0)) {
    return;
  }
  std::string found;
  if (c.rows() <= kMostForEigenvalues && c.allFinite()) {
    const Vector values = Eigen::SelfAdjointEigenSolver<Matrix>(c, Eigen::EigenvaluesOnly).eigenvalues();
    if (values.minCoeff() >= -rounding * scale) return;  // it was the factorisation's own rounding
    found =
        fmt::format(": its smallest eigenvalue is {:.4g}, its largest {:.4g}", values.minCoeff(), values.maxCoeff());
  }
  refuse(c, rounding * scale, found, subject);
}

/// Each of the first points together with all behind them: what these leave of its variance, v - c' C^-1 c, is not
/// negative. The same tolerance as above, of a matrix with one row more than C.
void check_given_test(const Matrix& c, Index n_pool, double scale, double rounding, const std::string& subject) {
  if (scale <= 0) return;
  const Index n_test = c.rows() - n_pool;
  Matrix test = c.bottomRightCorner(n_test, n_test) / scale;
  test.diagonal().array() += rounding;
  const Matrix whitened = Cholesky(std::move(test)).whiten(c.bottomLeftCorner(n_test, n_pool) / scale);
  const Vector left = c.diagonal().head(n_pool) / scale - whitened.colwise().squaredNorm().transpose();
  Index worst = 0;
  require(left.minCoeff(&worst) >= -rounding, ErrorKind::numerical,
          "{}: is no covariance: given the test points, the variance of pool point {} is {:.4g} (counted from 0)",
          subject, worst, left.minCoeff() * scale);
}

}  // namespace

bool leaves_pool_open(const Matrix& c, Index n_pool) {
  if (n_pool < 2 || n_pool >= c.rows()) return false;
  const auto block = c.topLeftCorner(n_pool, n_pool);
  return block.array().isNaN().count() == n_pool * (n_pool - 1) && block.diagonal().allFinite();
}

Matrix with_zeros_for_unknown(const Matrix& c, Index n_pool) {
  Matrix known = c;
  known.topLeftCorner(n_pool, n_pool).setZero();
  known.diagonal() = c.diagonal();
  return known;
}

bool check_covariance(Matrix& c, const Vector& noise, double rounding, Index n_pool, const std::string& subject) {
  require(c.rows() == c.cols() && c.rows() == noise.size(), ErrorKind::shape,
          "{}: has shape {} x {}; {} rows and columns were expected", subject, c.rows(), c.cols(), noise.size());
  const Index n = c.rows();
  if (n == 0) return true;
  const bool open = leaves_pool_open(c, n_pool);
  if (open)
    require_finite(with_zeros_for_unknown(c, n_pool), subject);
  else
    require_finite(c, subject, n_pool < 2 ? "" : ", or NaN for all covariances of different pool points");
  const double scale = std::max((c.diagonal() + noise).maxCoeff(), 0.0), tolerance = rounding * scale;
  require(std::isfinite(scale), ErrorKind::numerical, "{}: a variance of y is too large a number", subject);
  for (Index j = 0; j < n; ++j) {
    require(c(j, j) >= -tolerance, ErrorKind::numerical,
            "{}: the variance of point {} is {:.4g} (counted from 0); it must not be negative", subject, j, c(j, j));
    c(j, j) = std::max(c(j, j), 0.0);
  }
  check_symmetry(c, tolerance, subject);
  if (!open) {
    check_semidefinite(c, scale, rounding, subject);
    return true;
  }
  check_semidefinite(c.bottomRightCorner(n - n_pool, n - n_pool), scale, rounding, subject);
  check_given_test(c, n_pool, scale, rounding, subject);
  return false;
}

}  // namespace predcorr
