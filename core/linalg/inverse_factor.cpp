// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/inverse_factor.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr {

// Column by column of tiles: U_ji = -(sum_{j <= k < i} U_jk L_ik') L_ii'^-1.
InverseFactor::InverseFactor(Cholesky&& factor, Panels upper)
    : factor_(std::move(factor).release()), upper_(std::move(upper)) {
  const Index n = factor_.matrix.rows();
  upper_.reshape(n, n, Panels::Shape::upper, tile_size(n));
  for (Index i = 0; i < tile_count(n); ++i) {
    const auto tile_columns = tile_range(i, n);
    const Index col = tile_columns.first, width = tile_columns.count;  // no binding: clang before 16 captures none
    const auto diagonal = factor_.matrix.block(col, col, width, width);
    parallel_for(i, [&](Index j) {
      const auto [row, height] = tile_range(j, n);
      Matrix tile = Matrix::Zero(height, width);
      subtract_tile_product({upper_, row}, {factor_.below, col}, row, col, tile, {.a_upper = true});
      whiten_tile(diagonal, tile);
      upper_.set(row, col, tile);
    });
    Matrix inverse = Matrix::Identity(width, width);
    diagonal.triangularView<Eigen::Lower>().transpose().solveInPlace(inverse);
    upper_.set(col, col, inverse);
  }
}

void InverseFactor::subtract_tile(Index i, Index j, Eigen::Ref<Matrix> c) const {
  const Index n = factor_.matrix.rows(), row = tile_range(i, n).first, col = tile_range(j, n).first;
  subtract_tile_product({upper_, row}, {upper_, col}, row, n, c, {.lower_only = i == j, .a_upper = true});
}

Vector InverseFactor::diagonal() const {
  const Index n = factor_.matrix.rows();
  Vector squares = Vector::Zero(n);
  parallel_for(tile_count(n), [&](Index i) {
    const auto [row, height] = tile_range(i, n);
    for (Index first = row; first < row + height; first += Panels::kRows) {
      const Index rows = std::min(Panels::kRows, row + height - first);
      for (Index k = row; k < n; ++k)
        squares.segment(first, rows) += Eigen::Map<const Vector>(upper_.at(first / Panels::kRows, k), rows).cwiseAbs2();
    }
  });
  return squares;
}

}  // namespace predcorr
