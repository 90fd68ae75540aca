// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/tiles.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"

namespace predcorr {

void for_lower_tiles(Index n, const std::function<void(Index, Index, Index)>& body) {
  parallel_for(lower_tile_count(n), [&](Index k) {
    // k = i (i + 1) / 2 + j with j <= i.
    auto i = static_cast<Index>((std::sqrt(8.0 * static_cast<double>(k) + 1) - 1) / 2);
    while (i * (i + 1) / 2 > k) --i;
    while ((i + 1) * (i + 2) / 2 <= k) ++i;
    body(i, k - i * (i + 1) / 2, k);
  });
}

namespace {

constexpr Index kLeaf = 48;  // below this Eigen's own routines are as fast

/// Calls body(first, count) for the leaves of one tile.
template <class Body>
void for_leaves(Index n, const Body& body) {
  for (Index first = 0; first < n; first += kLeaf) body(first, std::min(kLeaf, n - first));
}

}  // namespace

void whiten_tile(const Eigen::Ref<const Matrix>& lower, Eigen::Ref<Matrix> rows) {
  if (rows.rows() == 0) return;  // which Eigen's solver does not ask
  for_leaves(lower.rows(), [&](Index first, Index count) {
    auto part = rows.middleCols(first, count);
    subtract_outer_product(rows.leftCols(first), lower.block(first, 0, count, first), part);
    lower.block(first, first, count, count)
        .triangularView<Eigen::Lower>()
        .transpose()
        .solveInPlace<Eigen::OnTheRight>(part);
  });
}

namespace {

/// c -= R R' for a leaf, the lower triangle: a factorisation that may be tried again keeps the matrix in the upper one.
void subtract_gram_leaf(const Eigen::Ref<const Matrix>& rows, Eigen::Ref<Matrix> c) {
  Matrix product = Matrix::Zero(c.rows(), c.cols());
  subtract_outer_product(rows, rows, product);
  c.triangularView<Eigen::Lower>() += product;
}

bool factorise_tile(Eigen::Ref<Matrix> a) {
  bool positive = true;
  for_leaves(a.rows(), [&](Index first, Index count) {
    if (!positive) return;
    const Index below = a.rows() - first - count;
    const auto left = a.block(first, 0, count, first);
    auto rest = a.block(first + count, first, below, count);
    Eigen::Ref<Matrix> corner = a.block(first, first, count, count);
    subtract_gram_leaf(left, corner);
    subtract_outer_product(a.block(first + count, 0, below, first), left, rest);
    const Eigen::LLT<Eigen::Ref<Matrix>> factor(corner);
    // Eigen reports a pivot that is not positive; a NaN slips through it and shows in the factor's diagonal.
    positive = factor.info() == Eigen::Success && corner.diagonal().allFinite();
    corner.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(rest);
  });
  return positive;
}

}  // namespace

Panels below_diagonal(const Eigen::Ref<const Matrix>& lower) {
  const Index n = lower.rows();
  Panels panels(n, n, Panels::Shape::lower, tile_size(n));
  parallel_for(tile_count(n), [&](Index i) {
    const auto [row, count] = tile_range(i, n);
    panels.set(row, 0, lower.block(row, 0, count, row));
  });
  return panels;
}

// Left-looking: a column of tiles takes everything due to it in one long product, then is done with.
bool factorise_lower(Eigen::Ref<Matrix> a, Panels& below) {
  const Index n = a.rows(), tiles = tile_count(n);
  below.reshape(n, n, Panels::Shape::lower, tile_size(n));
  for (Index j = 0; j < tiles; ++j) {
    const auto columns = tile_range(j, n);
    const Index first = columns.first, count = columns.count;  // no binding: clang before 16 captures none
    auto diagonal = a.block(first, first, count, count);
    parallel_for(j == 0 ? 0 : tiles - j, [&](Index k) {
      const auto [row, rows] = tile_range(j + k, n);
      if (k > 0) {
        subtract_tile_product({below, row}, {below, first}, 0, first, a.block(row, first, rows, count));
        return;
      }
      // A factorisation that may be tried again keeps the matrix in the upper triangle.
      Matrix due = Matrix::Zero(count, count);
      subtract_tile_product({below, first}, {below, first}, 0, first, due, {.lower_only = true});
      diagonal.triangularView<Eigen::Lower>() += due;
    });
    if (!factorise_tile(diagonal)) return false;
    parallel_for(tiles - j - 1, [&](Index k) {
      const auto [row, rows] = tile_range(j + 1 + k, n);
      auto tile = a.block(row, first, rows, count);
      whiten_tile(diagonal, tile);
      below.set(row, first, tile);
    });
  }
  return true;
}

void whiten_rows(const Eigen::Ref<const Matrix>& lower, const Panels& below, Eigen::Ref<Matrix> rows) {
  const Index n = lower.rows();
  parallel_for(tile_count(rows.rows()), [&](Index k) {
    const auto [row, count] = tile_range(k, rows.rows());
    Panels done(count, n);
    for (Index j = 0; j < tile_count(n); ++j) {
      const auto [first, width] = tile_range(j, n);
      auto part = rows.block(row, first, count, width);
      subtract_tile_product({done, 0}, {below, first}, 0, first, part);
      whiten_tile(lower.block(first, first, width, width), part);
      done.set(0, first, part);
    }
  });
}

void subtract_gram(const Eigen::Ref<const Matrix>& rows, Eigen::Ref<Matrix> c) {
  const Index m = rows.rows();
  const Panels panels(rows);
  for_lower_tiles(m, [&](Index i, Index j, Index) {
    const auto [row, height] = tile_range(i, m);
    const auto [col, width] = tile_range(j, m);
    subtract_tile_product({panels, row}, {panels, col}, 0, rows.cols(), c.block(row, col, height, width),
                          {.lower_only = i == j});
  });
  mirror_lower(c);
}

void subtract_product(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b, Eigen::Ref<Matrix> c) {
  const Panels left(a), right(b);
  const Index across = tile_count(c.cols());
  parallel_for(tile_count(c.rows()) * across, [&](Index t) {
    const auto [row, height] = tile_range(t / across, c.rows());
    const auto [col, width] = tile_range(t % across, c.cols());
    subtract_tile_product({left, row}, {right, col}, 0, a.cols(), c.block(row, col, height, width));
  });
}

void mirror_lower(Eigen::Ref<Matrix> a) {
  for_lower_tiles(a.rows(), [&](Index i, Index j, Index) {
    const auto [row, height] = tile_range(i, a.rows());
    const auto [col, width] = tile_range(j, a.rows());
    if (i == j)
      a.block(row, row, height, height).triangularView<Eigen::StrictlyUpper>() =
          a.block(row, row, height, height).transpose();
    else
      a.block(col, row, width, height) = a.block(row, col, height, width).transpose();
  });
}

}  // namespace predcorr
