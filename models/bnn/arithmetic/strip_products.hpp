// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "core/base/matrix.hpp"
#include "models/bnn/arithmetic/lanes.hpp"

namespace predcorr::models {

/// Columns that overlap in memory, as the patches that a convolution multiplies do: where pixels lie side by side with
/// their channels, one row of a patch is one run of numbers, and the next patch's begins a few numbers further on.
/// Column j is the runs x + starts[j] + offsets[0], x + starts[j] + offsets[1], ..., of `depth` numbers each. So a
/// convolution is a product without a copy of its patches (cf. the direct convolutions of Georganas et al. 2018).
struct Strip {
  const float* x;
  const std::vector<Index>& starts;   ///< of columns
  const std::vector<Index>& offsets;  ///< of a column's runs
  Index depth;                        ///< numbers of a run
};

/// A left factor w, rows x depth, repacked in panels of rows, each of which strip products read from front to back.
class Panels {
 public:
  /// Makes room, zero everywhere.
  void resize(Index rows, Index depth);
  float& at(Index row, Index k) {
    const Index p = row / kHeight, width = std::min(padded_ - p * kHeight, kHeight);
    return values_[static_cast<std::size_t>(p * kHeight * depth_ + k * width + row % kHeight)];
  }

  Index rows() const { return rows_; }
  Index count() const { return (padded_ + kHeight - 1) / kHeight; }
  /// Vectors of lanes in panel p.
  int vectors(Index p) const { return static_cast<int>(std::min(padded_ - p * kHeight, kHeight)) / kLanes; }
  const float* panel(Index p) const { return values_.data() + p * kHeight * depth_; }

  static constexpr int kVectors = 2;  ///< few channels are the rule; columns then fill the registers
  static constexpr Index kHeight = kVectors * kLanes;

 private:
  Index rows_ = 0, padded_ = 0, depth_ = 0;
  std::vector<float> values_;
};

/// y = start + w x for one panel of w's rows. Each element is the sum of its products in the order of k.
/// @param start of each row, padded_rows(w.rows()); null: zeros
/// @param places column j's rows are written at y + places[j], padded_rows(w.rows()) of them over all panels
/// Cost: 2 rows depth columns operations. One thread.
void multiply_strip(const Panels& w, Index panel, const Strip& x, const float* start, float* y,
                    const std::vector<Index>& places);

/// g += d x', summed over the columns.
/// @param d column j at d + j * d_stride: `outputs`, padded, zero in the padding
/// @param g padded_rows(outputs) x (runs * depth), column-major
/// Cost: 2 outputs runs depth columns operations. One thread.
void add_strip_gradient(const float* d, Index d_stride, Index outputs, const Strip& x, float* g);

}  // namespace predcorr::models
