// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/convolution_geometry.hpp"

#include <algorithm>

#include "models/bnn/arithmetic/lane_products.hpp"

namespace predcorr::models {
namespace {

/// Along one axis, inputs first, first + stride, ... and the taps that they see.
struct Phase {
  Index first, count;
  std::vector<Index> taps;  // of the window, from the last to the first
  Index lowest = 0;         // the output position of the first tap at the first input, may be negative

  Phase(Index phase, Index input, Index window, Index stride, Index padding)
      : first(phase), count(phase < input ? (input - phase + stride - 1) / stride : 0) {
    for (Index k = window - 1; k >= 0; --k)
      if ((phase + padding - k) % stride == 0) taps.push_back(k);
    if (!taps.empty()) lowest = (phase + padding - taps.front()) / stride;
  }
  Index before() const { return std::max<Index>(0, -lowest); }
  Index after(Index output) const {
    return taps.empty() || count == 0 ? 0 : std::max<Index>(0, count - 1 + lowest + std::ssize(taps) - output);
  }
};

std::vector<Phase> phases(Index input, Index window, Index stride, Index padding) {
  std::vector<Phase> all;
  for (Index phase = 0; phase < stride; ++phase) all.emplace_back(phase, input, window, stride, padding);
  return all;
}

void widen(const std::vector<Phase>& all, Index output, Index& before, Index& after) {
  for (const Phase& phase : all) {
    before = std::max(before, phase.before());
    after = std::max(after, phase.after(output));
  }
}

Index rounded(Index n, Index step) { return (n + step - 1) / step * step; }

}  // namespace

ConvolutionGeometry::ConvolutionGeometry(const ImageShape& in, const ImageShape& out, const Window& w, Index round)
    : input(in), output(out), window(w) {
  frame = {w.padding_y, w.padding_y, w.padding_x, w.padding_x, rounded(in.channels, round)};
  depth = w.width * frame.channels;
  const Index across = frame.width(in) * frame.channels;
  for (Index i = 0; i < w.height; ++i) offsets.push_back(i * across);
  for (Index y = 0; y < out.height; ++y)
    for (Index x = 0; x < out.width; ++x) {
      starts.push_back(y * w.stride * across + x * w.stride * frame.channels);
      places.push_back(std::ssize(places) * padded_rows(out.channels));
    }

  const std::vector<Phase> rows = phases(in.height, w.height, w.stride, w.padding_y);
  const std::vector<Phase> columns = phases(in.width, w.width, w.stride, w.padding_x);
  back_frame.channels = rounded(out.channels, round);
  widen(rows, out.height, back_frame.top, back_frame.bottom);
  widen(columns, out.width, back_frame.left, back_frame.right);
  const Index pixel = back_frame.channels, back_across = back_frame.width(out) * pixel;
  tap_places_.resize(static_cast<std::size_t>(w.height * w.width));
  for (const Phase& row : rows)
    for (const Phase& column : columns) {
      if (row.count == 0 || column.count == 0) continue;
      if (row.taps.empty() || column.taps.empty()) {
        sees_all_inputs = false;
        continue;
      }
      Return back{std::ssize(column.taps) * pixel, {}, {}, {}};
      Index place = 0;
      for (std::size_t i = 0; i < row.taps.size(); ++i) {
        back.offsets.push_back(static_cast<Index>(i) * back_across);
        for (const Index tap : column.taps)
          tap_places_[static_cast<std::size_t>(row.taps[i] * w.width + tap)] = {returns.size(), place++};
      }
      for (Index y = 0; y < row.count; ++y)
        for (Index x = 0; x < column.count; ++x) {
          back.starts.push_back((back_frame.top + y + row.lowest) * back_across +
                                (back_frame.left + x + column.lowest) * pixel);
          back.places.push_back(((row.first + y * w.stride) * in.width + column.first + x * w.stride) *
                                padded_rows(in.channels));
        }
      returns.push_back(std::move(back));
    }
}

}  // namespace predcorr::models
