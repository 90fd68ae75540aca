// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/arithmetic/lane_products.hpp"

#include <algorithm>

#include "models/bnn/arithmetic/lanes.hpp"

namespace predcorr::models {
namespace {

// Sums of kVectors x kColumns vectors fill the registers, less those for the factors.
constexpr int kVectors = kLanes == 16 ? 4 : 2;
constexpr int kColumns = 6;

float sum_of(const Lanes& value) {
  return Eigen::Map<const Eigen::Array<float, kLanes, 1>>(reinterpret_cast<const float*>(&value)).sum();
}

/// V vectors of rows by C columns of y = finish(w x, where in the block).
template <int V, int C, class Finish>
void multiply_block(Index depth, const float* w, Index w_stride, const float* x, Index x_stride, float* y,
                    Index y_stride, const Finish& finish) {
  Lanes sum[C][V] = {};
  for (Index k = 0; k < depth; ++k, w += w_stride, ++x) {
    Lanes column[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) column[v] = load(w + v * kLanes);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c)
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[c][v] = multiply_add<Lanes>(column[v], broadcast(x[c * x_stride]), sum[c][v]);
  }
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) store(y + c * y_stride + v * kLanes, finish(sum[c][v], v * kLanes, c));
}

/// V vectors of rows by C columns of g = d x'.
template <int V, int C>
void transposed_block(Index count, const float* d, Index d_stride, const float* x, Index x_stride, float* g,
                      Index g_stride) {
  Lanes sum[C][V] = {};
  for (Index r = 0; r < count; ++r, d += d_stride, x += x_stride) {
    Lanes column[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) column[v] = load(d + v * kLanes);
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c)
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[c][v] = multiply_add<Lanes>(column[v], broadcast(x[c]), sum[c][v]);
  }
#pragma GCC unroll 12
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) store(g + c * g_stride + v * kLanes, sum[c][v]);
}

/// Calls body.operator()<V>(first row) for blocks of V vectors of rows, V as large as possible.
template <class Body>
void for_row_blocks(Index rows, const Body& body) {
  Index first = 0;
  for (; rows - first >= kVectors * kLanes; first += kVectors * kLanes) body.template operator()<kVectors>(first);
  switch ((rows - first) / kLanes) {
    case 3:
      if constexpr (kVectors > 3) body.template operator()<3>(first);
      break;
    case 2:
      if constexpr (kVectors > 2) body.template operator()<2>(first);
      break;
    case 1: body.template operator()<1>(first); break;
    default: break;
  }
}

/// The same for columns, whose number need not be padded.
template <class Body>
void for_column_blocks(Index columns, const Body& body) {
  Index first = 0;
  for (; columns - first >= kColumns; first += kColumns) body.template operator()<kColumns>(first);
  switch (columns - first) {
    case 5: body.template operator()<5>(first); break;
    case 4: body.template operator()<4>(first); break;
    case 3: body.template operator()<3>(first); break;
    case 2: body.template operator()<2>(first); break;
    case 1: body.template operator()<1>(first); break;
    default: break;
  }
}

constexpr int kFlat = kVectors > 2 ? kVectors / 2 : 1;

/// Calls body.operator()<depth>() for a depth from kColumns + 1 to 2 kColumns.
template <class Body>
void for_flat_depth(Index depth, const Body& body) {
  switch (depth) {
    case 7: return body.template operator()<7>();
    case 8: return body.template operator()<8>();
    case 9: return body.template operator()<9>();
    case 10: return body.template operator()<10>();
    case 11: return body.template operator()<11>();
    default: return body.template operator()<12>();
  }
}

/// y = w x, each block finished by what `finish_at` gives for its first row and column.
template <class FinishAt>
void multiply_all(const Eigen::Ref<const MatrixF>& w, const MatrixF& x, Index depth, MatrixF& y,
                  const FinishAt& finish_at) {
  for (Index c = 0; c < x.cols(); c += kColumns)
    for_row_blocks(w.rows(), [&]<int V>(Index row) {
      multiply_block<V, kColumns>(depth, w.data() + row, w.outerStride(), x.data() + c * x.rows(), x.rows(),
                                  y.data() + c * y.rows() + row, y.rows(), finish_at(row, c));
    });
}

constexpr Index rounded_up(Index n, Index step) { return (n + step - 1) / step * step; }

}  // namespace

Index padded_rows(Index n) { return rounded_up(n, kLanes); }
Index padded_columns(Index n) { return rounded_up(n, kColumns); }

void multiply(const Eigen::Ref<const MatrixF>& w, const MatrixF& x, Index depth, MatrixF& y) {
  multiply_all(w, x, depth, y, [](Index, Index) { return [](Lanes sum, Index, Index) { return sum; }; });
}

void multiply_rectified(const Eigen::Ref<const MatrixF>& w, const MatrixF& x, Index depth, MatrixF& y) {
  multiply_all(w, x, depth, y,
               [](Index, Index) { return [](Lanes sum, Index, Index) { return sum > 0 ? sum : Lanes{}; }; });
}

void multiply_where_positive(const Eigen::Ref<const MatrixF>& w, const MatrixF& x, Index depth, const MatrixF& outputs,
                             MatrixF& y) {
  multiply_all(w, x, depth, y, [&](Index row, Index column) {
    const float* at = outputs.data() + column * outputs.rows() + row;
    return [at, stride = outputs.rows()](Lanes sum, Index i, Index c) {
      return load(at + c * stride + i) > 0 ? sum : Lanes{};
    };
  });
}

void multiply_transposed(const MatrixF& d, const MatrixF& x, Index depth, MatrixF& g) {
  const auto block = [&]<int V, int C>(Index row, Index first) {
    transposed_block<V, C>(d.cols(), d.data() + row, d.rows(), x.data() + first, x.rows(),
                           g.data() + first * g.rows() + row, g.rows());
  };
  // A few inputs more than a block has columns, as first layers often have: one pass of flatter blocks, not two.
  if (depth > kColumns && depth <= 2 * kColumns) {
    for (Index row = 0; row < d.rows(); row += kFlat * kLanes) {
      const bool whole = d.rows() - row >= kFlat * kLanes;
      for_flat_depth(depth, [&]<int C>() {
        whole ? block.template operator()<kFlat, C>(row, 0) : block.template operator()<1, C>(row, 0);
      });
    }
    return;
  }
  for_row_blocks(d.rows(), [&]<int V>(Index row) {
    for_column_blocks(depth, [&]<int C>(Index first) { block.template operator()<V, C>(row, first); });
  });
}

void multiply_few(const MatrixF& w, const MatrixF& x, MatrixF& y) {
  for (Index o = 0; o < w.cols(); ++o)
    for (Index c = 0; c < x.cols(); c += kColumns) {
      Lanes sum[kColumns] = {};
      for (Index k = 0; k < w.rows(); k += kLanes) {
        const Lanes weight = load(w.data() + o * w.rows() + k);
#pragma GCC unroll 8
        for (int i = 0; i < kColumns; ++i)
          sum[i] = multiply_add<Lanes>(weight, load(x.data() + (c + i) * x.rows() + k), sum[i]);
      }
#pragma GCC unroll 8
      for (int i = 0; i < kColumns; ++i) y(o, c + i) = sum_of(sum[i]);
    }
}

}  // namespace predcorr::models
