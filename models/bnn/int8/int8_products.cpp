// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/int8_products.hpp"

#include "core/base/error.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/int8/int8_kernels.hpp"

namespace predcorr::models {
namespace {

constexpr Index kPanelVectors = 2;
constexpr Index kMostLanes = 16;
constexpr Index kDepthStep = 4;  // of every path a multiple

const Int8Kernels& kernels_of(Int8Path path) {
#if defined(__x86_64__)
  if (path == Int8Path::vnni) return kInt8Vnni;
  if (path == Int8Path::avx2) return kInt8Avx2;
#endif
  require(path == Int8Path::portable, ErrorKind::internal, "8-bit products: this program has no path '{}'",
          to_string(path));
  return kInt8Portable;
}

Index next_multiple(Index n, Index step) { return (n + step - 1) / step * step; }

template <class T>
T* room(std::vector<std::byte>& buffer, Index count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
  if (buffer.size() < bytes) buffer.resize(bytes);
  return reinterpret_cast<T*>(buffer.data());
}

/// What paths with four numbers to a word see of an x.
inline std::uint8_t shifted(std::int8_t value) { return static_cast<std::uint8_t>(value ^ -128); }

void check_depth(Index numbers, Index depth, const char* what) {
  require(depth > 0 && depth % kDepthStep == 0, ErrorKind::shape,
          "8-bit products: {} must be a positive multiple of {}, got {}", what, kDepthStep, depth);
  require(numbers <= kMostInt8Products, ErrorKind::shape,
          "8-bit products: sums of 32 bits have room for {} products, got {}", kMostInt8Products, numbers);
}

/// Words of the numbers at a, a + pitch, ... for a in [begin, end); zeros beyond the extent.
void interleave_four(const std::int8_t* x, Index extent, Index pitch, Index begin, Index end, std::uint8_t* words) {
  const Index whole = std::clamp(extent - 3 * pitch, begin, end);
  for (Index a = begin; a < whole; ++a) {
    words[4 * a] = shifted(x[a]);
    words[4 * a + 1] = shifted(x[a + pitch]);
    words[4 * a + 2] = shifted(x[a + 2 * pitch]);
    words[4 * a + 3] = shifted(x[a + 3 * pitch]);
  }
  for (Index a = whole; a < end; ++a)
    for (Index i = 0; i < 4; ++i) words[4 * a + i] = a + i * pitch < extent ? shifted(x[a + i * pitch]) : 0;
}

void interleave_two(const std::int8_t* x, Index extent, Index pitch, Index begin, Index end, std::int16_t* words) {
  const Index whole = std::clamp(extent - pitch, begin, end);
  for (Index a = begin; a < whole; ++a) {
    words[2 * a] = x[a];
    words[2 * a + 1] = x[a + pitch];
  }
  for (Index a = whole; a < end; ++a)
    for (Index i = 0; i < 2; ++i) words[2 * a + i] = a + i * pitch < extent ? x[a + i * pitch] : std::int8_t{0};
}

/// One panel of d: group after group its rows, a word each; zeros for the columns that a group lacks.
template <class Number>
void pack_deltas(const std::int8_t* d, Index d_stride, const Int8Strip& strip, Index rows, Index height, Index step,
                 Number* to) {
  static constexpr std::int8_t kZeros[kPanelVectors * kMostLanes] = {};
  for (const Int8Strip::Group& group : strip.groups()) {
    const std::int8_t* column[4];
    for (Index i = 0; i < 4; ++i) column[i] = i < group.count ? d + (group.column + i) * d_stride : kZeros;
    if (step == 4)
      for (Index r = 0; r < rows; ++r)
        for (Index i = 0; i < 4; ++i) to[4 * r + i] = column[i][r];
    else
      for (Index r = 0; r < rows; ++r)
        for (Index i = 0; i < 2; ++i) to[2 * r + i] = column[i][r];
    std::fill(to + step * rows, to + step * height, Number{0});
    to += step * height;
  }
}

}  // namespace

Int8Strip::Int8Strip(std::vector<Index> starts, std::vector<Index> offsets, Index depth, Int8Path path)
    : path_(path), starts_(std::move(starts)), offsets_(std::move(offsets)), depth_(depth) {
  check_depth(numbers(), depth, "numbers of a run");
  require(!starts_.empty() && !offsets_.empty(), ErrorKind::shape,
          "8-bit products: there must be columns and runs, got {} and {}", starts_.size(), offsets_.size());
  const auto [low, high] = std::minmax_element(starts_.begin(), starts_.end());
  const auto [nearest, farthest] = std::minmax_element(offsets_.begin(), offsets_.end());
  require(*low >= 0 && *nearest >= 0, ErrorKind::shape,
          "8-bit products: starts and offsets must not be negative, got {} and {}", *low, *nearest);
  extent_ = *high + *farthest + depth_;
  const Index most = kernels_of(path).step;
  pitch_ = columns() > 1 ? std::max<Index>(starts_[1] - starts_[0], 0) : 0;
  for (Index j = 0; j < columns();) {
    const auto start = [&](Index i) { return starts_[static_cast<std::size_t>(i)]; };
    Index count = 1;
    while (count < most && j + count < columns() && pitch_ > 0 && start(j + count) == start(j) + count * pitch_)
      ++count;
    groups_.push_back({j, count});
    group_starts_.push_back(start(j));
    j += count;
  }
  std::vector<Span> runs;
  for (const Index offset : offsets_)
    for (const Index start : group_starts_) runs.push_back({start + offset, start + offset + depth_});
  std::sort(runs.begin(), runs.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  for (const Span& run : runs)
    if (spans_.empty() || run.begin > spans_.back().end)
      spans_.push_back(run);
    else
      spans_.back().end = std::max(spans_.back().end, run.end);
}

void Int8Panels::resize(Index rows, Index depth, Int8Path path) {
  check_depth(depth, depth, "numbers of a row");
  const Int8Kernels& kernels = kernels_of(path);
  path_ = path;
  rows_ = rows;
  depth_ = depth;
  lanes_ = kernels.lanes;
  height_ = kPanelVectors * lanes_;
  padded_ = next_multiple(padded_rows(rows), lanes_);  // what is written, see multiply_strip
  step_ = kernels.step;
  bytes_ = kDepthStep / step_;
  shifted_ = kernels.shifted;
  values_.assign(static_cast<std::size_t>(padded_ * depth * bytes_), std::byte{0});
  first_.assign(static_cast<std::size_t>(padded_), 0);
}

void Int8Panels::set(Index row, Index k, std::int8_t value) {
  const Index p = row / height_, width = std::min(padded_ - p * height_, height_);
  const Index place = p * height_ * depth_ + (k / step_ * width + row % height_) * step_ + k % step_;
  if (bytes_ == 1)
    reinterpret_cast<std::int8_t*>(values_.data())[place] = value;
  else
    reinterpret_cast<std::int16_t*>(values_.data())[place] = value;
  if (shifted_) first_[static_cast<std::size_t>(row)] -= 128 * value;
}

template <class Number, int kStep>
void Int8Panels::fill_panels(const std::int8_t* values, Index row_stride, Index k_stride, Index columns) {
  for (Index p = 0; p < panels(); ++p) {
    const Index row = p * height_, width = std::min(padded_ - row, height_), rows = std::min(rows_ - row, height_);
    auto* to = reinterpret_cast<Number*>(values_.data()) + row * depth_;
    for (Index k = 0; k < columns; k += kStep, to += width * kStep) {
      const std::int8_t* from = values + row * row_stride + k * k_stride;
      const Index numbers = std::min<Index>(columns - k, kStep);
      if (numbers < kStep)
        for (Index r = 0; r < rows; ++r)
          for (Index i = 0; i < numbers; ++i) to[r * kStep + i] = from[r * row_stride + i * k_stride];
      else if (k_stride == 1)
        for (Index r = 0; r < rows; ++r)
          for (Index i = 0; i < kStep; ++i) to[r * kStep + i] = from[r * row_stride + i];
      else
        for (Index r = 0; r < rows; ++r)
          for (Index i = 0; i < kStep; ++i) to[r * kStep + i] = from[r + i * k_stride];
      if (!shifted_) continue;
      std::int32_t* first = first_.data() + row;
      for (Index r = 0; r < rows; ++r)
        for (Index i = 0; i < kStep; ++i) first[r] -= 128 * to[r * kStep + i];
    }
  }
}

void Int8Panels::fill(const std::int8_t* values, Index row_stride, Index k_stride, Index columns) {
  require((row_stride == 1 || k_stride == 1) && columns <= depth_, ErrorKind::internal,
          "8-bit products: strides {} and {} and {} of {} numbers of a row", row_stride, k_stride, columns, depth_);
  if (step_ == 4)
    fill_panels<std::int8_t, 4>(values, row_stride, k_stride, columns);
  else
    fill_panels<std::int16_t, 2>(values, row_stride, k_stride, columns);
}

void Int8Sums::resize(Index outputs, Index numbers) {
  outputs_ = outputs;
  numbers_ = numbers;
  stride_ = next_multiple(outputs, kMostLanes);
  products_ = 0;
  recent_.assign(static_cast<std::size_t>(stride_ * numbers), 0);
  earlier_.clear();
}

std::int32_t* Int8Sums::room_for(Index products) {
  require(products <= kMostInt8Products, ErrorKind::internal,
          "8-bit products: sums of 32 bits have room for {} products, got {}", kMostInt8Products, products);
  if (products_ + products > kMostInt8Products) {
    earlier_.resize(recent_.size(), 0);
    for (std::size_t i = 0; i < recent_.size(); ++i) earlier_[i] += recent_[i];
    std::fill(recent_.begin(), recent_.end(), 0);
    products_ = 0;
  }
  products_ += products;
  return recent_.data();
}

void multiply_strip(const Int8Panels& w, const Int8Strip& strip, const std::int8_t* x, float scale, const float* start,
                    float* y, const std::vector<Index>& places, Int8Work& work) {
  require(w.path() == strip.path() && w.depth() == strip.numbers() && std::ssize(places) == strip.columns(),
          ErrorKind::internal, "8-bit products: {} numbers on path {} and {} places, strip has {} on {} and {} columns",
          w.depth(), to_string(w.path()), places.size(), strip.numbers(), to_string(strip.path()), strip.columns());
  const Int8Kernels& kernels = kernels_of(w.path());
  const Index n = strip.extent();
  const void* prepared;
  if (kernels.step == 4) {
    auto* to = room<std::uint8_t>(work.x, n);
    for (Index i = 0; i < n; ++i) to[i] = shifted(x[i]);
    prepared = to;
  } else {
    auto* to = room<std::int16_t>(work.x, n);
    std::copy(x, x + n, to);
    prepared = to;
  }
  const Index written = padded_rows(w.rows());
  for (Index p = 0; p < w.panels(); ++p) {
    const Index row = p * w.height();
    kernels.multiply({w.panel(p), w.vectors(p), w.first(p), prepared, strip.starts().data(), strip.columns(),
                      strip.offsets().data(), std::ssize(strip.offsets()), strip.depth() / kernels.step, scale,
                      start == nullptr ? nullptr : start + row, y + row, places.data(), written - row});
  }
}

void add_strip_gradient(const std::int8_t* d, Index d_stride, const Int8Strip& strip, const std::int8_t* x, Int8Sums& g,
                        Int8Work& work) {
  require(g.numbers() == strip.numbers(), ErrorKind::internal, "8-bit products: sums of {} numbers, strip has {}",
          g.numbers(), strip.numbers());
  const Int8Kernels& kernels = kernels_of(strip.path());
  std::int32_t* to = g.room_for(strip.columns());
  auto* words = room<std::uint32_t>(work.x, strip.extent());
  for (const Int8Strip::Span& span : strip.spans())
    if (kernels.step == 4)
      interleave_four(x, strip.extent(), strip.pitch(), span.begin, span.end, reinterpret_cast<std::uint8_t*>(words));
    else
      interleave_two(x, strip.extent(), strip.pitch(), span.begin, span.end, reinterpret_cast<std::int16_t*>(words));
  const Index count = std::ssize(strip.groups());
  for (Index row = 0; row < g.outputs();) {
    const Index rows = std::min(g.outputs() - row, kPanelVectors * kernels.lanes);
    const Index height = next_multiple(rows, kernels.lanes);
    if (kernels.step == 4)
      pack_deltas(d + row, d_stride, strip, rows, height, 4, room<std::int8_t>(work.d, count * height * 4));
    else
      pack_deltas(d + row, d_stride, strip, rows, height, 2, room<std::int16_t>(work.d, count * height * 2));
    kernels.add_gradient({work.d.data(), static_cast<int>(height / kernels.lanes), words, strip.group_starts().data(),
                          count, strip.offsets().data(), std::ssize(strip.offsets()), strip.depth(), to + row,
                          g.stride()});
    row += rows;
  }
}

}  // namespace predcorr::models
