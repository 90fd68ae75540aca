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

/// Panels of kRows rows, each column after column, filled up with zeros. Columns are read whole:
/// they lie far apart.
template <Index kRows>
void pack(const Eigen::Ref<const Matrix>& block, double* out) {
  const Index rows = block.rows(), panels = rows / kRows, rest = rows % kRows, panel_size = kRows * block.cols();
  for (Index p = 0; p < block.cols(); ++p, out += kRows) {
    const double* column = block.data() + p * block.outerStride();
    double* to = out;
    for (Index k = 0; k < panels; ++k, column += kRows, to += panel_size) {
      // Columns lie pages apart, where the hardware does not look ahead by itself.
      for (Index i = 0; i < kRows; i += 8) __builtin_prefetch(column + i + kAhead * block.outerStride());
      for (Index i = 0; i < kRows; ++i) to[i] = column[i];  // a known count, so no call
    }
    for (Index i = 0; rest > 0 && i < kRows; ++i) to[i] = i < rest ? column[i] : 0.0;
  }
}

constexpr Index rounded_up(Index n, Index step) { return (n + step - 1) / step * step; }

}  // namespace

void subtract_outer_product(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b,
                            Eigen::Ref<Matrix> c) {
  const Index m = c.rows(), n = c.cols(), most = std::min(kDepth, a.cols());
  Vector packed_a(rounded_up(m, kHeight) * most), packed_b(rounded_up(n, kWidth) * most);
  double edge[kHeight * kWidth];
  for (Index p = 0; p < a.cols(); p += kDepth) {
    const Index depth = std::min(kDepth, a.cols() - p);
    pack<kHeight>(a.middleCols(p, depth), packed_a.data());
    pack<kWidth>(b.middleCols(p, depth), packed_b.data());
    for (Index j = 0; j < n; j += kWidth)
      for (Index i = 0; i < m; i += kHeight) {
        const double* left = packed_a.data() + i * depth;
        const double* right = packed_b.data() + j * depth;
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
