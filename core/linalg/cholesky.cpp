// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/cholesky.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr {
namespace {

constexpr Index kFewColumns = 16;  // up to here Eigen's solver is as good, and needs no transposed copy

/// Columns of a right-hand side solved one tile of them at a time, side by side.
template <class Solve>
Matrix solved_by_columns(Matrix b, const Solve& solve) {
  parallel_for(tile_count(b.cols()), [&](Index k) {
    const auto [first, count] = tile_range(k, b.cols());
    auto part = b.middleCols(first, count);
    solve(part);
  });
  return b;
}

}  // namespace

Cholesky::Cholesky(CholeskyStorage storage, double largest_jitter) : storage_(std::move(storage)) {
  Matrix& factor = storage_.matrix;
  require(factor.rows() == factor.cols(), ErrorKind::shape, "Cholesky: matrix must be square, got {} x {}",
          factor.rows(), factor.cols());
  require(factor.diagonal().allFinite(), ErrorKind::numerical, "Cholesky: matrix has entries that are not finite");
  // The upper triangle keeps the matrix while the lower becomes the factor, so that a second try needs no copy.
  mirror_lower(factor);
  const Vector diagonal = factor.diagonal();
  const double scale = size() > 0 ? diagonal.mean() : 1.0;
  for (double relative = 0; relative <= largest_jitter * 1.0001; relative = relative == 0 ? 1e-10 : relative * 10) {
    if (relative > 0) {
      factor.triangularView<Eigen::StrictlyLower>() = factor.transpose();
      factor.diagonal() = diagonal.array() + relative * scale;
    }
    if (factorise_lower(factor, storage_.below)) {
      jitter_ = relative * scale;
      return;
    }
    if (largest_jitter <= 0) break;
  }
  fail(ErrorKind::numerical,
       "Cholesky: a {0} x {0} matrix is not positive definite, even with {1:.1e} of its mean diagonal added", size(),
       largest_jitter);
}

void Cholesky::whiten_rows_in_place(Eigen::Ref<Matrix> rows) const {
  whiten_rows(storage_.matrix, storage_.below, rows);
}

Matrix Cholesky::whiten(const Eigen::Ref<const Matrix>& b) const {
  if (b.cols() == 0) return b;
  if (b.cols() <= kFewColumns) return lower().solve(b);
  Matrix rows = b.transpose();
  whiten_rows_in_place(rows);
  return rows.transpose();
}

Matrix Cholesky::unwhiten(const Eigen::Ref<const Matrix>& b) const {
  return solved_by_columns(
      b, [&](auto& part) { storage_.matrix.transpose().triangularView<Eigen::Upper>().solveInPlace(part); });
}

Matrix Cholesky::solve(const Eigen::Ref<const Matrix>& b) const { return unwhiten(whiten(b)); }

Cholesky Cholesky::extended(Matrix cross, Matrix block) const {
  const Index n = size(), k = block.rows();
  whiten_rows_in_place(cross);
  block.diagonal().array() += jitter_;
  subtract_gram(cross, block);
  Panels block_below;
  require(factorise_lower(block, block_below), ErrorKind::numerical,
          "Cholesky: a matrix of {} rows is no longer positive definite with {} more", n, k);
  Cholesky longer;
  longer.jitter_ = jitter_;
  Matrix& factor = longer.storage_.matrix;
  factor.resize(n + k, n + k);
  factor.topLeftCorner(n, n) = storage_.matrix;
  factor.bottomLeftCorner(k, n) = cross;
  factor.bottomRightCorner(k, k) = block;
  factor.topRightCorner(n, k).setZero();
  longer.storage_.below = below_diagonal(factor);
  return longer;
}

double Cholesky::condition_estimate() const {
  if (size() == 0) return 1;
  constexpr int kIterations = 10;
  // A start that no eigenvector of a smooth kernel is orthogonal to: neither constant nor alternating.
  Vector large = Vector::LinSpaced(size(), 1, 2), small = large;
  for (Index i = 1; i < size(); i += 3) small(i) = -small(i);
  const auto upper = storage_.matrix.transpose().triangularView<Eigen::Upper>();
  double largest = 0, smallest = 0;
  for (int i = 0; i < kIterations; ++i) {
    large.normalize();
    small.normalize();
    large = lower() * (upper * large).eval();
    small = upper.solve(lower().solve(small));
    largest = large.norm();
    smallest = 1 / small.norm();
  }
  return std::max(1.0, largest / smallest);
}

}  // namespace predcorr
