// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/arithmetic/strip_products.hpp"

#include <utility>

#include "models/bnn/arithmetic/lane_products.hpp"

namespace predcorr::models {
namespace {

/// Columns of a block of V vectors: as many sums as registers hold beside the factors.
template <int V>
constexpr int kStripColumns = kLanes == 16 ? 8 : 12 / V;

/// Blocks of about equal width: narrow ones wait for their sums.
Index next_block(Index columns, Index most) {
  const Index blocks = (columns + most - 1) / most;
  return (columns + blocks - 1) / blocks;
}

/// V vectors of rows by C columns, which begin at x + starts[c].
template <int V, int C>
void multiply_strip_block(const float* w, const Strip& strip, const Index* starts, const float* start, float* y,
                          const Index* places) {
  Lanes sum[C][V];
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v) {
    const Lanes first = start == nullptr ? Lanes{} : load(start + v * kLanes);
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c) sum[c][v] = first;
  }
  for (const Index offset : strip.offsets) {
    const float* column[C];
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c) column[c] = strip.x + offset + starts[c];
    for (Index k = 0; k < strip.depth; ++k, w += V * kLanes) {
      Lanes factor[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) factor[v] = load(w + v * kLanes);
#pragma GCC unroll 12
      for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[c][v] = multiply_add<Lanes>(factor[v], broadcast(column[c][k]), sum[c][v]);
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(y + places[c] + v * kLanes, sum[c][v]);
}

/// V vectors of rows by C numbers of the columns, from x + starts[j] on.
template <int V, int C>
void gradient_strip_block(const float* d, Index d_stride, const std::vector<Index>& starts, const float* x, float* g,
                          Index g_stride) {
  Lanes sum[C][V] = {};
  for (const Index start : starts) {
    const float* at = x + start;
    Lanes delta[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) delta[v] = load(d + v * kLanes);
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[c][v] = multiply_add<Lanes>(delta[v], broadcast(at[c]), sum[c][v]);
    d += d_stride;
  }
#pragma GCC unroll 12
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      float* to = g + c * g_stride + v * kLanes;
      store(to, load(to) + sum[c][v]);
    }
}

/// Calls body.operator()<C>() for a C that is known at run time only.
template <int Most, class Body>
void for_width(Index width, const Body& body) {
  [&]<int... C>(std::integer_sequence<int, C...>) {
    static_cast<void>(((width == C + 1 && (body.template operator()<C + 1>(), true)) || ...));
  }(std::make_integer_sequence<int, Most>());
}

template <int V>
void multiply_strip_panel(const float* w, const Strip& x, const float* start, float* y,
                          const std::vector<Index>& places) {
  const Index columns = std::ssize(x.starts);
  for (Index j = 0; j < columns;) {
    const Index width = next_block(columns - j, kStripColumns<V>);
    for_width<kStripColumns<V>>(
        width, [&]<int C>() { multiply_strip_block<V, C>(w, x, x.starts.data() + j, start, y, places.data() + j); });
    j += width;
  }
}

template <int V>
void gradient_strip_panel(const float* d, Index d_stride, const Strip& x, float* g, Index g_stride) {
  Index run = 0;
  for (const Index offset : x.offsets) {
    for (Index k = 0; k < x.depth;) {
      const Index width = next_block(x.depth - k, kStripColumns<V>);
      for_width<kStripColumns<V>>(width, [&]<int C>() {
        gradient_strip_block<V, C>(d, d_stride, x.starts, x.x + offset + k, g + (run + k) * g_stride, g_stride);
      });
      k += width;
    }
    run += x.depth;
  }
}

}  // namespace

void Panels::resize(Index rows, Index depth) {
  rows_ = rows;
  padded_ = padded_rows(rows);
  depth_ = depth;
  values_.assign(static_cast<std::size_t>(padded_ * depth), 0.0f);
}

void multiply_strip(const Panels& w, Index panel, const Strip& x, const float* start, float* y,
                    const std::vector<Index>& places) {
  const Index row = panel * Panels::kHeight;
  const float* first = start == nullptr ? nullptr : start + row;
  if (w.vectors(panel) == Panels::kVectors)
    multiply_strip_panel<Panels::kVectors>(w.panel(panel), x, first, y + row, places);
  else
    multiply_strip_panel<1>(w.panel(panel), x, first, y + row, places);
}

void add_strip_gradient(const float* d, Index d_stride, Index outputs, const Strip& x, float* g) {
  const Index height = padded_rows(outputs);
  Index row = 0;
  for (; height - row >= Panels::kHeight; row += Panels::kHeight)
    gradient_strip_panel<Panels::kVectors>(d + row, d_stride, x, g + row, height);
  if (row < height) gradient_strip_panel<1>(d + row, d_stride, x, g + row, height);
}

}  // namespace predcorr::models
