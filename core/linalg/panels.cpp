// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/panels.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"
#include "core/linalg/fused.hpp"
#include "core/linalg/huge_pages.hpp"

namespace predcorr {
namespace {

// The kernel keeps kTall panels by kWidth columns of sums in registers: as many as there are, less those for the
// factors.
#if defined(__AVX512F__)
constexpr int kLanes = 8, kPanel = 8, kTall = 3;
#elif defined(__AVX__)
constexpr int kLanes = 4, kPanel = 4, kTall = 3;
#else
constexpr int kLanes = 2, kPanel = 4, kTall = 1;
#endif
constexpr int kWidth = kPanel, kVectors = kPanel / kLanes;
constexpr Index kDepth = 256;  // columns at a time: so much of a tile's rows stays in the second-level cache

using Lanes = LanesOf<double, kLanes>::Type;

Lanes broadcast(double value) { return value - Lanes{}; }

/// c -= a b' for T panels of a and one of b.
template <int T>
void subtract_block(Index depth, const double* const* a, const double* b, double* c, Index stride) {
  Lanes sum[kWidth][T * kVectors] = {};
  const double* panel[T];
  for (int t = 0; t < T; ++t) panel[t] = a[t];
  for (Index p = 0; p < depth; ++p, b += kWidth) {
    Lanes column[T * kVectors];
#pragma GCC unroll 8
    for (int i = 0; i < T * kVectors; ++i)
      column[i] = *reinterpret_cast<const Lanes*>(panel[i / kVectors] + p * kPanel + i % kVectors * kLanes);
#pragma GCC unroll 8
    for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
      for (int i = 0; i < T * kVectors; ++i) sum[j][i] = multiply_add<Lanes>(column[i], broadcast(b[j]), sum[j][i]);
  }
#pragma GCC unroll 8
  for (int j = 0; j < kWidth; ++j)
#pragma GCC unroll 8
    for (int i = 0; i < T * kVectors; ++i) *reinterpret_cast<Lanes*>(c + j * stride + i * kLanes) -= sum[j][i];
}

void subtract_block(Index panels, Index depth, const double* const* a, const double* b, double* c, Index stride) {
  if (panels == kTall)
    subtract_block<kTall>(depth, a, b, c, stride);
  else if (panels == 2)
    subtract_block<2>(depth, a, b, c, stride);
  else
    subtract_block<1>(depth, a, b, c, stride);
}

constexpr Index panel_count(Index rows) { return (rows + kPanel - 1) / kPanel; }

}  // namespace

const Index Panels::kRows = kPanel;

Panels::Panels(Index rows, Index cols, Shape shape, Index tile) { reshape(rows, cols, shape, tile); }

void Panels::reshape(Index rows, Index cols, Shape shape, Index tile) {
  rows_ = rows;
  cols_ = cols;
  offsets_.clear();
  Index used = 0;
  for (Index p = 0; p < panel_count(rows); ++p) {
    const Index tile_begin = p * kPanel / tile * tile, tile_end = std::min(cols, tile_begin + tile);
    const Index begin = shape == Shape::upper ? tile_begin : 0, end = shape == Shape::lower ? tile_end : cols;
    offsets_.push_back(used - begin * kPanel);
    used += (end - begin) * kPanel;
  }
  if (data_.size() == used) return;
  data_.resize(used);
  prefer_huge_pages(data_);
}

Panels::Panels(const Eigen::Ref<const Matrix>& matrix) : Panels(matrix.rows(), matrix.cols()) {
  constexpr Index kTask = 12 * kPanel;
  parallel_for((rows_ + kTask - 1) / kTask,
               [&](Index t) { set(t * kTask, 0, matrix.middleRows(t * kTask, std::min(kTask, rows_ - t * kTask))); });
}

void Panels::set(Index row, Index col, const Eigen::Ref<const Matrix>& block) {
  constexpr Index kAhead = 16;
  const Index full = block.rows() / kPanel, rest = block.rows() % kPanel, first = row / kPanel;
  std::vector<double*> to;
  for (Index k = 0; k < panel_count(block.rows()); ++k) to.push_back(const_cast<double*>(at(first + k, col)));
  for (Index j = 0; j < block.cols(); ++j) {
    const double* from = block.data() + j * block.outerStride();
    for (Index k = 0; k < full; ++k, from += kPanel) {
      // Columns lie pages apart, where the hardware does not look ahead by itself.
      __builtin_prefetch(from + kAhead * block.outerStride());
      for (int v = 0; v < kVectors; ++v)
        *reinterpret_cast<Lanes*>(to[static_cast<std::size_t>(k)] + j * kPanel + v * kLanes) =
            *reinterpret_cast<const Lanes*>(from + v * kLanes);
    }
    for (Index i = 0; rest > 0 && i < kPanel; ++i) to.back()[j * kPanel + i] = i < rest ? from[i] : 0.0;
  }
}

void subtract_tile_product(const PanelRows& a, const PanelRows& b, Index begin, Index end, Eigen::Ref<Matrix> c,
                           const ProductShape& shape) {
  constexpr Index kHeight = kTall * kPanel;
  double edge[kHeight * kWidth];
  const Index m = c.rows(), n = c.cols(), a_first = a.row / kPanel, b_first = b.row / kPanel;
  for (Index p = begin; p < end; p += kDepth)
    for (Index j = 0; j < n; j += kWidth)
      for (Index i = shape.lower_only ? j / kHeight * kHeight : 0; i < m; i += kHeight) {
        const Index from = shape.a_upper ? std::max(p, begin + i) : p, depth = std::min(p + kDepth, end) - from;
        if (depth <= 0) break;
        const Index rows = std::min(kHeight, m - i), cols = std::min<Index>(kWidth, n - j);
        const double* panels[kTall] = {};
        for (Index t = 0; t < panel_count(rows); ++t) panels[t] = a.panels.at(a_first + i / kPanel + t, from);
        const double* right = b.panels.at(b_first + j / kPanel, from);
        if (rows % kPanel == 0 && cols == kWidth) {
          subtract_block(rows / kPanel, depth, panels, right, &c(i, j), c.outerStride());
        } else {
          std::fill(std::begin(edge), std::end(edge), 0.0);
          subtract_block(panel_count(rows), depth, panels, right, edge, kHeight);
          c.block(i, j, rows, cols) +=
              Eigen::Map<const Matrix, 0, Eigen::OuterStride<kHeight>>(edge, kHeight, kWidth).topLeftCorner(rows, cols);
        }
      }
}

void subtract_outer_product(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b,
                            Eigen::Ref<Matrix> c) {
  if (a.cols() == 0 || c.size() == 0) return;
  Panels left(a.rows(), a.cols()), right(b.rows(), b.cols());
  left.set(0, 0, a);
  right.set(0, 0, b);
  subtract_tile_product({left, 0}, {right, 0}, 0, a.cols(), c);
}

}  // namespace predcorr
