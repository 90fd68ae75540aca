// SPDX-License-Identifier: Apache-2.0
#include "core/outer_product.hpp"

#include <algorithm>

namespace predcorr {
namespace {

// The kernel keeps kHeight x kWidth sums in registers: as many as there are, less those for the factors.
#if defined(__AVX512F__)
constexpr int kLanes = 8, kVectors = 3, kWidth = 8;
#elif defined(__AVX__)
constexpr int kLanes = 4, kVectors = 3, kWidth = 4;
#else
constexpr int kLanes = 2, kVectors = 2, kWidth = 4;
#endif
constexpr Index kHeight = kLanes * kVectors;
constexpr Index kDepth = 256;  // columns packed at a time: a panel of them stays in the first-level cache

// GCC's and Clang's vectors of doubles that need no alignment.
using Lanes [[gnu::vector_size(kLanes * sizeof(double)), gnu::aligned(sizeof(double))]] = double;

/// c -= sum_p a_p b_p' for packed panels: kHeight values of a, then of b kWidth, for each p.
void subtract_panel(Index depth, const double* a, const double* b, double* c, Index stride) {
  Lanes sum[kWidth][kVectors] = {};
  for (Index p = 0; p < depth; ++p, a += kHeight, b += kWidth) {
    Lanes column[kVectors];
#pragma GCC unroll 8
    for (int i = 0; i < kVectors; ++i) column[i] = *reinterpret_cast<const Lanes*>(a + i * kLanes);
#pragma GCC unroll 8
    for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
      for (int i = 0; i < kVectors; ++i) sum[j][i] += column[i] * b[j];
  }
#pragma GCC unroll 8
  for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
    for (int i = 0; i < kVectors; ++i) *reinterpret_cast<Lanes*>(c + j * stride + i * kLanes) -= sum[j][i];
}

constexpr Index kAhead = 16;

/// From one panel to the next: a cache line further than they are large, lest all panels fall on the same cache sets.
constexpr Index panel_stride(Index rows, Index depth) { return rows * depth + 8; }

/// Panels of kRows rows, each column after column, filled up with zeros. Columns are read whole:
/// they lie far apart.
template <Index kRows>
void pack(const Eigen::Ref<const Matrix>& block, double* out) {
  const Index full = block.rows() / kRows, rest = block.rows() % kRows;
  const Index stride = panel_stride(kRows, block.cols());
  for (Index p = 0; p < block.cols(); ++p, out += kRows) {
    const double* column = block.data() + p * block.outerStride();
    double* to = out;
    for (Index k = 0; k < full; ++k, column += kRows, to += stride) {
      // Columns lie pages apart, where the hardware does not look ahead by itself.
      for (Index i = 0; i < kRows; i += 8) __builtin_prefetch(column + i + kAhead * block.outerStride());
      for (Index i = 0; i < kRows; i += kLanes)
        *reinterpret_cast<Lanes*>(to + i) = *reinterpret_cast<const Lanes*>(column + i);
    }
    for (Index i = 0; rest > 0 && i < kRows; ++i) to[i] = i < rest ? column[i] : 0.0;
  }
}

constexpr Index panels(Index n, Index rows) { return (n + rows - 1) / rows; }

}  // namespace

void subtract_outer_product(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b,
                            Eigen::Ref<Matrix> c) {
  const Index m = c.rows(), n = c.cols(), most = std::min(kDepth, a.cols());
  Vector packed_a(panels(m, kHeight) * panel_stride(kHeight, most));
  Vector packed_b(panels(n, kWidth) * panel_stride(kWidth, most));
  double edge[kHeight * kWidth];
  for (Index p = 0; p < a.cols(); p += kDepth) {
    const Index depth = std::min(kDepth, a.cols() - p);
    pack<kHeight>(a.middleCols(p, depth), packed_a.data());
    pack<kWidth>(b.middleCols(p, depth), packed_b.data());
    for (Index j = 0; j < n; j += kWidth)
      for (Index i = 0; i < m; i += kHeight) {
        const double* left = packed_a.data() + i / kHeight * panel_stride(kHeight, depth);
        const double* right = packed_b.data() + j / kWidth * panel_stride(kWidth, depth);
        const Index rows = std::min(kHeight, m - i), cols = std::min<Index>(kWidth, n - j);
        if (rows == kHeight && cols == kWidth) {
          subtract_panel(depth, left, right, &c(i, j), c.outerStride());
        } else {
          std::fill(std::begin(edge), std::end(edge), 0.0);
          subtract_panel(depth, left, right, edge, kHeight);
          c.block(i, j, rows, cols) +=
              Eigen::Map<const Matrix, 0, Eigen::OuterStride<kHeight>>(edge, kHeight, kWidth).topLeftCorner(rows, cols);
        }
      }
  }
}

}  // namespace predcorr
