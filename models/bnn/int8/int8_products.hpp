// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/matrix.hpp"
#include "models/bnn/int8/int8_path.hpp"

namespace predcorr::models {

/// Products of 8-bit integers with exact sums of 32 bits: those of models/bnn/arithmetic/strip_products.hpp, for
/// training on quantised numbers. A sum of up to 130,000 products has room, since 130,000 * 128^2 < 2^31; so the order
/// of summation, and with it the path, decides no bit. One thread.
constexpr Index kMostInt8Products = 130000;

/// Columns that overlap in memory (see Strip), described once for many images: column j is the runs
/// x + starts[j] + offsets[0], x + starts[j] + offsets[1], ..., of `depth` numbers each.
class Int8Strip {
 public:
  /// @param starts, offsets not negative, at least one each
  /// @param depth a multiple of 4: whoever has fewer channels pads them with zeros
  /// @throws Error (shape) if that does not hold, or a column has more than kMostInt8Products numbers.
  Int8Strip(std::vector<Index> starts, std::vector<Index> offsets, Index depth, Int8Path path = best_int8_path());

  Int8Path path() const { return path_; }
  Index columns() const { return std::ssize(starts_); }
  const std::vector<Index>& starts() const { return starts_; }
  const std::vector<Index>& offsets() const { return offsets_; }
  Index depth() const { return depth_; }
  Index numbers() const { return std::ssize(offsets_) * depth_; }  ///< of a column
  Index extent() const { return extent_; }                         ///< of x

  /// Columns whose starts are `pitch` apart, as many as a word has numbers: what gradients add up at once.
  struct Group {
    Index column, count;
  };
  struct Span {
    Index begin, end;
  };
  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<Index>& group_starts() const { return group_starts_; }
  Index pitch() const { return pitch_; }
  /// Where in x the numbers of groups' first columns lie: disjoint, ascending.
  const std::vector<Span>& spans() const { return spans_; }

 private:
  Int8Path path_;
  std::vector<Index> starts_, offsets_;
  Index depth_, extent_ = 0, pitch_ = 0;
  std::vector<Group> groups_;
  std::vector<Index> group_starts_;
  std::vector<Span> spans_;
};

/// A left factor, rows x depth, repacked in the panels that a path reads from front to back.
class Int8Panels {
 public:
  /// Makes room, zero everywhere.  @param depth numbers of a row, a multiple of 4, at most kMostInt8Products
  void resize(Index rows, Index depth, Int8Path path = best_int8_path());

  /// At most once for each place after `resize`.
  void set(Index row, Index k, std::int8_t value);

  /// All rows' first `columns` numbers, once after `resize`: number k of a row is at row * row_stride + k * k_stride,
  /// one of the strides being 1.
  void fill(const std::int8_t* values, Index row_stride, Index k_stride, Index columns);

  Int8Path path() const { return path_; }
  Index rows() const { return rows_; }
  Index depth() const { return depth_; }
  Index height() const { return height_; }  ///< rows of a panel, but for the last
  Index panels() const { return (padded_ + height_ - 1) / height_; }
  int vectors(Index panel) const { return static_cast<int>(std::min(padded_ - panel * height_, height_) / lanes_); }
  const void* panel(Index panel) const { return values_.data() + panel * height_ * depth_ * bytes_; }
  const std::int32_t* first(Index panel) const { return first_.data() + panel * height_; }  ///< what sums begin with

 private:
  template <class Number, int kStep>
  void fill_panels(const std::int8_t* values, Index row_stride, Index k_stride, Index columns);

  Int8Path path_ = Int8Path::portable;
  Index rows_ = 0, padded_ = 0, depth_ = 0, height_ = 1, lanes_ = 1, step_ = 1, bytes_ = 1;
  bool shifted_ = false;
  std::vector<std::byte> values_;
  std::vector<std::int32_t> first_;
};

/// Room for what calls repack; grows as needed.
struct Int8Work {
  std::vector<std::byte> x, d;
};

/// Exact sums, outputs x numbers. Those of a batch may pass 32 bits: a batch of 256 images of 28 x 28 pixels adds
/// 200,704 products. So sums go to 64 bits before they would add more than kMostInt8Products, and stay in 32 until
/// then, which takes half the memory's time.
class Int8Sums {
 public:
  /// All zero.
  void resize(Index outputs, Index numbers);
  Index outputs() const { return outputs_; }
  Index numbers() const { return numbers_; }
  std::int64_t at(Index output, Index k) const {
    const auto place = static_cast<std::size_t>(k * stride_ + output);
    return recent_[place] + (earlier_.empty() ? 0 : earlier_[place]);
  }

  /// 32-bit sums to add `products` more to, column-major, `stride()` numbers apart.
  std::int32_t* room_for(Index products);
  Index stride() const { return stride_; }

 private:
  Index outputs_ = 0, numbers_ = 0, stride_ = 0, products_ = 0;
  std::vector<std::int32_t> recent_;
  std::vector<std::int64_t> earlier_;
};

/// y(o, column j) = float(sum over k of w(o, k) x(column j, k)) * scale + start(o); product and sum are rounded each.
/// @param w rows x strip.numbers(), of the strip's path
/// @param x strip.extent() numbers
/// @param start padded_rows(w.rows()) numbers; null: zeros
/// @param places column j's rows are written at y + places[j], padded_rows(w.rows()) of them
/// @throws Error (internal) if sizes or paths differ. Cost: rows * numbers * columns products, and a copy of x.
void multiply_strip(const Int8Panels& w, const Int8Strip& strip, const std::int8_t* x, float scale, const float* start,
                    float* y, const std::vector<Index>& places, Int8Work& work);

/// g(o, k) += sum over columns j of d(o, j) x(column j, k).
/// @param d column j at d + j * d_stride: g.outputs() numbers
/// @param x strip.extent() numbers
/// @param g outputs x strip.numbers()
/// @throws Error (internal) if sizes differ or there are more than kMostInt8Products columns. Cost: outputs * numbers *
/// columns products, and copies of d and x, of x as often as a word has numbers (4 or 2).
void add_strip_gradient(const std::int8_t* d, Index d_stride, const Int8Strip& strip, const std::int8_t* x, Int8Sums& g,
                        Int8Work& work);

}  // namespace predcorr::models
