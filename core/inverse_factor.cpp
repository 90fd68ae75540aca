// SPDX-License-Identifier: Apache-2.0
#include "core/inverse_factor.hpp"

#include "core/outer_product.hpp"
#include "core/parallel.hpp"
#include "core/tiles.hpp"

namespace predcorr {

// Column by column of tiles: U_ji = -(sum_{j <= k < i} U_jk L_ik') L_ii'^-1. What a column needs of L lies below the
// diagonal or in its own diagonal tile, which is overwritten last.
InverseFactor::InverseFactor(Cholesky&& factor) : upper_(std::move(factor).release()) {
  const Index n = upper_.rows();
  for (Index i = 0; i < tile_count(n); ++i) {
    const auto [col, width] = tile_range(i, n);
    auto diagonal = upper_.block(col, col, width, width);
    parallel_for(i, [&](Index j) {
      const auto [row, height] = tile_range(j, n);
      auto tile = upper_.block(row, col, height, width);
      tile.setZero();
      const Index next = row + height;  // where U's row of tiles leaves its triangular one
      subtract_triangular_tile(upper_.block(row, row, height, height), upper_.block(col, row, width, height), tile);
      subtract_outer_product(upper_.block(row, next, height, col - next), upper_.block(col, next, width, col - next),
                             tile);
      whiten_tile(diagonal, tile);
    });
    Matrix inverse = Matrix::Identity(width, width);
    diagonal.triangularView<Eigen::Lower>().transpose().solveInPlace(inverse);
    diagonal = inverse;
  }
}

void InverseFactor::subtract_tile(Index i, Index j, Eigen::Ref<Matrix> c) const {
  const Index n = upper_.rows();
  const auto [row, height] = tile_range(i, n);
  const auto [col, width] = tile_range(j, n);
  const Index next = row + height, rest = n - next;
  const auto triangle = upper_.block(row, row, height, height);
  if (i == j) {
    subtract_triangular_gram_tile(triangle, c);
    subtract_gram_tile(upper_.block(row, next, height, rest), c);
  } else {
    subtract_triangular_tile(triangle, upper_.block(col, row, width, height), c);
    subtract_outer_product(upper_.block(row, next, height, rest), upper_.block(col, next, width, rest), c);
  }
}

Vector InverseFactor::diagonal() const {
  const Index n = upper_.rows();
  Vector squares(n);
  parallel_for(tile_count(n), [&](Index i) {
    const auto [row, height] = tile_range(i, n);
    squares.segment(row, height) = upper_.block(row, row, height, n - row).rowwise().squaredNorm();
  });
  return squares;
}

}  // namespace predcorr
