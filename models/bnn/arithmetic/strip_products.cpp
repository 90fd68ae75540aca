// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/arithmetic/strip_products.hpp"

#include <algorithm>
#include <utility>

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/arithmetic/lanes.hpp"

namespace predcorr::models {
namespace {

// Panels of at most two vectors of rows: few channels are the rule, and columns then fill the registers.
constexpr int kPanelVectors = 2;

/// Columns of a block of V vectors: as many sums as registers hold beside the factors.
template <int V>
constexpr int kStripColumns = kLanes == 16 ? 12 : 12 / V;

/// The largest block where `columns` are left: blocks of about equal width, since narrow ones wait for their sums.
Index next_block(Index columns, Index most) {
  const Index blocks = (columns + most - 1) / most;
  return (columns + blocks - 1) / blocks;
}

template <int V, int C>
void multiply_strip_block(const float* w, const Strip& strip, const float* x, const float* start, float* y,
                          Index y_stride) {
  Lanes sum[C][V];
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v) {
    const Lanes first = start == nullptr ? Lanes{} : load(start + v * kLanes);
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c) sum[c][v] = first;
  }
  for (const Index offset : *strip.offsets) {
    const float* at = x + offset;
    for (Index k = 0; k < strip.depth; ++k, ++at, w += V * kLanes) {
      Lanes column[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) column[v] = load(w + v * kLanes);
#pragma GCC unroll 12
      for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v)
          sum[c][v] = multiply_add<Lanes>(column[v], broadcast(at[c * strip.stride]), sum[c][v]);
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(y + c * y_stride + v * kLanes, sum[c][v]);
}

template <int V, int C>
void gradient_strip_block(const float* d, Index d_stride, const StripRows& rows, const float* x, float* g,
                          Index g_stride) {
  Lanes sum[C][V] = {};
  for (Index r = 0; r < rows.rows; ++r, d += rows.d_step, x += rows.x_step) {
    const float* column = d;
    const float* at = x;
    for (Index j = 0; j < rows.first.columns; ++j, column += d_stride, at += rows.first.stride) {
      Lanes delta[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) delta[v] = load(column + v * kLanes);
#pragma GCC unroll 12
      for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[c][v] = multiply_add<Lanes>(delta[v], broadcast(at[c]), sum[c][v]);
    }
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
void multiply_strip_panel(const float* w, const Strip& x, const float* start, float* y, Index y_stride) {
  for (Index j = 0; j < x.columns;) {
    const Index width = next_block(x.columns - j, kStripColumns<V>);
    for_width<kStripColumns<V>>(width, [&]<int C>() {
      multiply_strip_block<V, C>(w, x, x.x + j * x.stride, start, y + j * y_stride, y_stride);
    });
    j += width;
  }
}

template <int V>
void gradient_strip_panel(const float* d, Index d_stride, const StripRows& x, float* g, Index g_stride) {
  Index run = 0;
  for (const Index offset : *x.first.offsets) {
    for (Index k = 0; k < x.first.depth;) {
      const Index width = next_block(x.first.depth - k, kStripColumns<V>);
      for_width<kStripColumns<V>>(width, [&]<int C>() {
        gradient_strip_block<V, C>(d, d_stride, x, x.first.x + offset + k, g + (run + k) * g_stride, g_stride);
      });
      k += width;
    }
    run += x.first.depth;
  }
}

}  // namespace

void Panels::resize(Index rows, Index depth) {
  rows_ = rows;
  padded_ = padded_rows(rows);
  depth_ = depth;
  values_.assign(static_cast<std::size_t>(padded_ * depth), 0.0f);
}

Index Panels::count() const { return (padded_ + kPanelVectors * kLanes - 1) / (kPanelVectors * kLanes); }

int Panels::vectors(Index p) const {
  return static_cast<int>(std::min<Index>(padded_ - p * kPanelVectors * kLanes, kPanelVectors * kLanes)) / kLanes;
}

const float* Panels::panel(Index p) const { return values_.data() + p * kPanelVectors * kLanes * depth_; }

float& Panels::at(Index row, Index k) {
  constexpr Index height = kPanelVectors * kLanes;
  const Index p = row / height;
  return values_[static_cast<std::size_t>(p * height * depth_ + k * vectors(p) * kLanes + row % height)];
}

void multiply_strip(const Panels& w, Index panel, const Strip& x, const float* start, float* y, Index y_stride) {
  const Index row = panel * kPanelVectors * kLanes;
  const float* first = start == nullptr ? nullptr : start + row;
  if (w.vectors(panel) == kPanelVectors)
    multiply_strip_panel<kPanelVectors>(w.panel(panel), x, first, y + row, y_stride);
  else
    multiply_strip_panel<1>(w.panel(panel), x, first, y + row, y_stride);
}

void add_strip_gradient(const float* d, Index d_stride, Index outputs, const StripRows& x, float* g) {
  const Index height = padded_rows(outputs);
  Index row = 0;
  for (; height - row >= kPanelVectors * kLanes; row += kPanelVectors * kLanes)
    gradient_strip_panel<kPanelVectors>(d + row, d_stride, x, g + row, height);
  if (row < height) gradient_strip_panel<1>(d + row, d_stride, x, g + row, height);
}

}  // namespace predcorr::models
