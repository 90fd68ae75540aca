// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>

#include "core/linalg/panels.hpp"

namespace predcorr {

/// Large matrices are worked on in square tiles, side by side on idle threads. The tiling depends on sizes alone, so
/// every bit of a result is the same on any number of threads. Small tiles spread the work over more threads and leave
/// less of it to triangles; large ones read a large matrix less often. Both are multiples of the product kernel's
/// sizes.
constexpr Index tile_size(Index n) { return n <= 3072 ? 96 : 192; }

/// Consecutive rows or columns that make one tile; the last may be smaller.
struct TileRange {
  Index first, count;
};
constexpr Index tile_count(Index n) { return (n + tile_size(n) - 1) / tile_size(n); }
constexpr TileRange tile_range(Index tile, Index n) {
  return {tile * tile_size(n), std::min(tile_size(n), n - tile * tile_size(n))};
}

/// Calls body(i, j, k) for the tiles i >= j of the lower triangle of n x n, in parallel; k numbers them 0, 1, ...
void for_lower_tiles(Index n, const std::function<void(Index i, Index j, Index k)>& body);
inline Index lower_tile_count(Index n) { return tile_count(n) * (tile_count(n) + 1) / 2; }

/// Cholesky factor in place: reads and writes the lower triangle only. False where a pivot is not positive; then the
/// lower triangle is spoilt. Cost: n^3 / 3.  @param below written: the factor's tiles below the diagonal, as
/// below_diagonal() has them
bool factorise_lower(Eigen::Ref<Matrix> a, Panels& below);

/// Every row r becomes L^-1 r, i.e. R becomes R L^-T.  @param lower n x n, lower triangle read
/// @param below below_diagonal(lower)  @param rows m x n  Cost: m n^2.
void whiten_rows(const Eigen::Ref<const Matrix>& lower, const Panels& below, Eigen::Ref<Matrix> rows);

/// c -= R R', the whole symmetric matrix; of c only the lower triangle is read.  @param rows m x k  @param c m x m
/// Cost: m^2 k.
void subtract_gram(const Eigen::Ref<const Matrix>& rows, Eigen::Ref<Matrix> c);

/// c -= a b' on all idle threads.  @param a m x k  @param b n x k  @param c m x n  Cost: 2 m n k.
void subtract_product(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b, Eigen::Ref<Matrix> c);

/// On one thread, for one tile: rows become L^-1 rows as above.
void whiten_tile(const Eigen::Ref<const Matrix>& lower, Eigen::Ref<Matrix> rows);

/// The tiles below the diagonal of an n x n lower triangular matrix, in panels.
Panels below_diagonal(const Eigen::Ref<const Matrix>& lower);

/// The lower triangle mirrored into the upper one.
void mirror_lower(Eigen::Ref<Matrix> a);

}  // namespace predcorr
