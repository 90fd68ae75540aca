// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/pool_covariance.hpp"

#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "metrics/active_learning/blocks.hpp"

namespace predcorr::metrics {
namespace {

constexpr Index kBlock = 256;  // rows at a time: of a factor of 100 columns, what fits a second-level cache

/// sum over blocks of `of_block(rows in double, first row)`, added in the order of the blocks. These are few, so that
/// what is kept for each is never more than the factor.
template <class Sum, class Factor, class OfBlock>
Sum summed_over_rows(const Factor& factor, Index rows, const OfBlock& of_block) {
  constexpr Index kLeast = 4096, kMost = 32;
  const Index block = std::max(kLeast, (rows + kMost - 1) / kMost);
  std::vector<Sum> parts(static_cast<std::size_t>((rows + block - 1) / block));
  parallel_for_blocks(rows, block, [&](Index begin, Index all) {
    Sum& part = parts[static_cast<std::size_t>(begin / block)];
    for (Index first = begin; first < begin + all; first += kBlock) {
      const RowMatrix some = factor.middleRows(first, std::min(kBlock, begin + all - first)).template cast<double>();
      if (first == begin)
        part = of_block(some, first);
      else
        part += of_block(some, first);
    }
  });
  for (std::size_t k = 1; k < parts.size(); ++k) parts.front() += parts[k];
  return std::move(parts.front());
}

}  // namespace

PoolCovariance::PoolCovariance(Covariance latent, Index n_pool)
    : latent_(std::move(latent)), n_pool_(n_pool), variance_(latent_.diagonal().head(n_pool)) {}

Vector PoolCovariance::column(Index q) const {
  require(q >= 0 && q < n_pool_, ErrorKind::shape, "pool: point {} is outside 0..{}", q, n_pool_ - 1);
  if (const Matrix* dense = latent_.stored_dense()) return dense->col(q).head(n_pool_);
  Vector column(n_pool_);
  with_factor(latent_, [&](const auto& factor) {
    const Vector f = factor.row(q).transpose().template cast<double>();
    parallel_for_blocks(n_pool_, kBlock,
                        [&](Index first, Index count) { multiply_rows(factor, first, count, f, column); });
  });
  column(q) = variance_(q);
  return column;
}

Vector PoolCovariance::times(const Vector& x) const {
  Vector product(n_pool_);
  if (const Matrix* dense = latent_.stored_dense()) {
    parallel_for_blocks(n_pool_, kBlock, [&](Index first, Index count) {
      product.segment(first, count).noalias() = dense->block(0, first, n_pool_, count).transpose() * x;
    });
    return product;
  }
  with_factor(latent_, [&](const auto& factor) {
    const Vector weighted = summed_over_rows<Vector>(
        factor, n_pool_,
        [&](const RowMatrix& rows, Index first) -> Vector { return rows.transpose() * x.segment(first, rows.rows()); });
    parallel_for_blocks(n_pool_, kBlock,
                        [&](Index first, Index count) { multiply_rows(factor, first, count, weighted, product); });
  });
  const Vector extra = latent_.extra_diagonal();
  if (extra.size() > 0) product += extra.head(n_pool_).cwiseProduct(x);
  return product;
}

Vector PoolCovariance::squared_columns() const {
  Vector squares(n_pool_);
  if (const Matrix* dense = latent_.stored_dense()) {
    parallel_for_blocks(n_pool_, kBlock, [&](Index first, Index count) {
      squares.segment(first, count) = dense->block(0, first, n_pool_, count).colwise().squaredNorm().transpose();
    });
    return squares;
  }
  // f' (F'F) f is the sum without the extra diagonal d, which adds (f'f + d)^2 - (f'f)^2 at the point itself.
  with_factor(latent_, [&](const auto& factor) {
    const Matrix gram = summed_over_rows<Matrix>(
        factor, n_pool_, [](const RowMatrix& rows, Index) -> Matrix { return rows.transpose() * rows; });
    parallel_for_blocks(n_pool_, kBlock, [&](Index first, Index count) {
      const RowMatrix rows = factor.middleRows(first, count).template cast<double>();
      const RowMatrix weighted = rows * gram;
      squares.segment(first, count) = weighted.cwiseProduct(rows).rowwise().sum();
    });
  });
  const Vector extra = latent_.extra_diagonal();
  if (extra.size() > 0)
    squares.array() += extra.head(n_pool_).array() * (2 * variance_.array() - extra.head(n_pool_).array());
  return squares;
}

Rows uncertain_targets(const Vector& variance, Index n_pool, double rounding) {
  const double least = n_pool < variance.size() ? rounding * variance.tail(variance.size() - n_pool).maxCoeff() : 0;
  Rows targets;
  for (Index t = n_pool; t < variance.size(); ++t)
    if (variance(t) > least) targets.push_back(t);
  return targets;
}

}  // namespace predcorr::metrics
