// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/int8_products.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/stream.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

using test::contains;
using test::refusal_of;

using Bytes = std::vector<std::int8_t>;

Bytes random_bytes(Index n, std::uint64_t seed) {
  Stream stream(seed);
  Bytes bytes(static_cast<std::size_t>(n));
  for (std::int8_t& value : bytes) value = static_cast<std::int8_t>(stream.index(255) - 127);
  return bytes;
}

/// Where the columns of a strip begin, and its runs.
struct Shape {
  std::vector<Index> starts, offsets;
  Index depth;
  Index numbers() const { return std::ssize(offsets) * depth; }
  Index extent() const {
    return *std::max_element(starts.begin(), starts.end()) + *std::max_element(offsets.begin(), offsets.end()) + depth;
  }
};

/// A convolution's patches: windows of `window` x `window` pixels of `channels`, in a frame.
Shape patches(Index height, Index width, Index window, Index channels, Index stride) {
  Shape shape{{}, {}, window * channels};
  const Index across = (width + window - 1) * channels;
  for (Index i = 0; i < window; ++i) shape.offsets.push_back(i * across);
  for (Index y = 0; y < height; y += stride)
    for (Index x = 0; x < width; x += stride) shape.starts.push_back(y * across + x * channels);
  return shape;
}

/// A batch of rows that do not overlap.
Shape rows_of(Index count, Index depth) {
  Shape shape{{}, {0}, depth};
  for (Index j = 0; j < count; ++j) shape.starts.push_back(j * depth);
  return shape;
}

/// Columns in no order, some twice.
Shape scattered(Index count, Index depth) {
  Shape shape{{}, {7, 0, 30}, depth};
  Stream stream(static_cast<std::uint64_t>(count));
  for (Index j = 0; j < count; ++j) shape.starts.push_back(stream.index(100));
  return shape;
}

std::int64_t number(const Shape& shape, const Bytes& x, Index column, Index k) {
  const auto at = static_cast<std::size_t>(column);
  return x[static_cast<std::size_t>(shape.starts[at] + shape.offsets[static_cast<std::size_t>(k / shape.depth)] +
                                    k % shape.depth)];
}

/// On one path the product is that of the plain loop, rounded as stated, and nothing is written beside it.
void check_forward(Int8Path path, Index rows, const Shape& shape, const Bytes& w, const Bytes& x) {
  const Index numbers = shape.numbers(), columns = std::ssize(shape.starts), height = padded_rows(rows);
  Int8Panels panels;
  panels.resize(rows, numbers, path);
  for (Index o = 0; o < rows; ++o)
    for (Index k = 0; k < numbers; ++k) panels.set(o, k, w[static_cast<std::size_t>(o * numbers + k)]);
  Bytes transposed(w.size());
  for (Index o = 0; o < rows; ++o)
    for (Index k = 0; k < numbers; ++k)
      transposed[static_cast<std::size_t>(k * rows + o)] = w[static_cast<std::size_t>(o * numbers + k)];
  Int8Panels by_rows, by_numbers;  // the same, filled at once
  by_rows.resize(rows, numbers, path);
  by_rows.fill(w.data(), numbers, 1, numbers);
  by_numbers.resize(rows, numbers, path);
  by_numbers.fill(transposed.data(), 1, rows, numbers);
  const float scale = 0.0123f, untouched = -1234.5f;
  VectorF start = VectorF::LinSpaced(height, -1, 2);
  std::vector<Index> places;
  for (Index j = 0; j < columns; ++j) places.push_back((columns - 1 - j) * (height + 1));
  Int8Work work;
  for (const bool with_start : {true, false}) {
    const auto product_with = [&](const Int8Panels& packed) {
      VectorF y = VectorF::Constant(columns * (height + 1), untouched);
      multiply_strip(packed, Int8Strip(shape.starts, shape.offsets, shape.depth, path), x.data(), scale,
                     with_start ? start.data() : nullptr, y.data(), places, work);
      return y;
    };
    const VectorF y = product_with(panels);
    bool same = true, outside = true;
    for (Index j = 0; j < columns; ++j) {
      const float* column = y.data() + places[static_cast<std::size_t>(j)];
      for (Index o = 0; o < height; ++o) {
        std::int64_t sum = 0;
        if (o < rows)
          for (Index k = 0; k < numbers; ++k)
            sum += w[static_cast<std::size_t>(o * numbers + k)] * number(shape, x, j, k);
        const float product = static_cast<float>(sum) * scale;
        same = same && column[o] == product + (with_start ? start(o) : 0.0f);
      }
      outside = outside && column[height] == untouched;
    }
    INFO(to_string(path) << ": " << rows << " rows, " << numbers << " numbers, " << columns << " columns");
    CHECK(same);
    CHECK(outside);
    CHECK(product_with(by_rows) == y);
    CHECK(product_with(by_numbers) == y);
  }
}

void check_gradient(Int8Path path, Index outputs, const Shape& shape, const Bytes& d, Index d_stride, const Bytes& x) {
  const Index columns = std::ssize(shape.starts);
  Int8Sums sums;
  sums.resize(outputs, shape.numbers());
  Int8Work work;
  const Int8Strip strip(shape.starts, shape.offsets, shape.depth, path);
  for (int twice = 0; twice < 2; ++twice) add_strip_gradient(d.data(), d_stride, strip, x.data(), sums, work);
  bool same = true;
  for (Index o = 0; o < outputs; ++o)
    for (Index k = 0; k < shape.numbers(); ++k) {
      std::int64_t sum = 0;
      for (Index j = 0; j < columns; ++j) sum += d[static_cast<std::size_t>(j * d_stride + o)] * number(shape, x, j, k);
      same = same && sums.at(o, k) == 2 * sum;
    }
  INFO(to_string(path) << ": " << outputs << " outputs, " << shape.numbers() << " numbers, " << columns << " columns");
  CHECK(same);
}

std::vector<Shape> shapes() {
  return {patches(7, 5, 3, 4, 1), patches(6, 9, 3, 8, 2), patches(5, 5, 1, 12, 1),
          patches(1, 1, 2, 4, 1), patches(4, 1, 3, 4, 1), rows_of(1, 4),
          rows_of(13, 36),        rows_of(3, 600),        scattered(17, 8)};
}

TEST_CASE("8-bit products are those of a plain loop, on every path", "[models]") {
  for (const Int8Path path : int8_paths()) {
    for (Index rows = 1; rows <= 70; ++rows) {
      const Shape shape = patches(3, 1 + rows % 5, 2, 4 + 4 * (rows % 3), 1);
      check_forward(path, rows, shape, random_bytes(rows * shape.numbers(), 1), random_bytes(shape.extent(), 2));
    }
    for (const Shape& shape : shapes())
      for (const Index rows : {1, 8, 19, 33})
        check_forward(path, rows, shape, random_bytes(rows * shape.numbers(), 3), random_bytes(shape.extent(), 4));
  }
}

TEST_CASE("8-bit gradients are those of a plain loop, on every path", "[models]") {
  for (const Int8Path path : int8_paths()) {
    for (Index outputs = 1; outputs <= 70; ++outputs) {
      const Shape shape = patches(3, 1 + outputs % 7, 2, 4, 1);
      const Index stride = outputs + outputs % 3;
      check_gradient(path, outputs, shape, random_bytes(std::ssize(shape.starts) * stride, 5), stride,
                     random_bytes(shape.extent(), 6));
    }
    for (const Shape& shape : shapes())
      for (const Index outputs : {1, 16, 35})
        check_gradient(path, outputs, shape, random_bytes(std::ssize(shape.starts) * outputs, 7), outputs,
                       random_bytes(shape.extent(), 8));
  }
}

TEST_CASE("8-bit sums hold what is largest", "[models]") {
  for (const Int8Path path : int8_paths())
    for (const int a : {-128, -127, 127})
      for (const int b : {-128, -127, 127}) {
        const auto all = [](Index n, int value) {
          return Bytes(static_cast<std::size_t>(n), static_cast<std::int8_t>(value));
        };
        const Shape deep = rows_of(2, kMostInt8Products);
        check_forward(path, 1, deep, all(kMostInt8Products, a), all(deep.extent(), b));
        const Shape tall = rows_of(kMostInt8Products, 4);
        check_gradient(path, 2, tall, all(2 * kMostInt8Products, a), 2, all(tall.extent(), b));
      }
}

TEST_CASE("8-bit products have the same bits on every path", "[models]") {
  const Index rows = 37;
  const Shape shape = patches(14, 14, 3, 16, 1);
  const Bytes w = random_bytes(rows * shape.numbers(), 9), x = random_bytes(shape.extent(), 10);
  std::vector<Index> places;
  for (Index j = 0; j < std::ssize(shape.starts); ++j) places.push_back(j * padded_rows(rows));
  std::vector<VectorF> results;
  for (const Int8Path path : int8_paths()) {
    Int8Panels panels;
    panels.resize(rows, shape.numbers(), path);
    for (Index o = 0; o < rows; ++o)
      for (Index k = 0; k < shape.numbers(); ++k)
        panels.set(o, k, w[static_cast<std::size_t>(o * shape.numbers() + k)]);
    const VectorF start = VectorF::Constant(padded_rows(rows), 0.1f);
    VectorF y = VectorF::Zero(std::ssize(places) * padded_rows(rows));
    Int8Work work;
    multiply_strip(panels, Int8Strip(shape.starts, shape.offsets, shape.depth, path), x.data(), 1.7e-3f, start.data(),
                   y.data(), places, work);
    results.push_back(y);
  }
  for (const VectorF& y : results)
    CHECK(std::memcmp(y.data(), results[0].data(), static_cast<std::size_t>(y.size()) * sizeof(float)) == 0);
}

TEST_CASE("What 8-bit products cannot sum is refused", "[models]") {
  const auto strip = [](std::vector<Index> starts, std::vector<Index> offsets, Index depth) {
    return Int8Strip(std::move(starts), std::move(offsets), depth);
  };
  CHECK_THAT(refusal_of([&] { strip({0}, {0}, 6); }), contains("multiple of 4, got 6"));
  CHECK_THAT(refusal_of([&] { strip({}, {0}, 4); }), contains("columns and runs, got 0 and 1"));
  CHECK_THAT(refusal_of([&] { strip({0, -4}, {0}, 4); }), contains("negative, got -4"));
  CHECK_THAT(refusal_of([&] { strip({0}, {0, 4}, 65004); }), contains("130000 products, got 130008"));
  Int8Panels panels;
  CHECK_THAT(refusal_of([&] { panels.resize(3, 0); }), contains("multiple of 4, got 0"));
  panels.resize(3, 8);
  Int8Work work;
  VectorF y(padded_rows(3));
  const Bytes x = random_bytes(8, 11);
  CHECK_THAT(refusal_of([&] { multiply_strip(panels, strip({0}, {0}, 4), x.data(), 1, nullptr, y.data(), {0}, work); }),
             contains("8 numbers"));
  Int8Sums sums;
  sums.resize(1, 4);
  CHECK_THAT(refusal_of([&] { sums.room_for(kMostInt8Products + 1); }), contains("130001"));
  CHECK_THAT(refusal_of([&] { add_strip_gradient(x.data(), 1, strip({0}, {0}, 8), x.data(), sums, work); }),
             contains("sums of 4 numbers, strip has 8"));
}

}  // namespace
}  // namespace predcorr::models
