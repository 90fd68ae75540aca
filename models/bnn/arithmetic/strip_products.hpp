// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// Columns that overlap in memory, as the patches that a convolution multiplies do: where pixels lie side by side with
/// their channels, one row of a patch is one run of numbers, and the next patch's begins a few numbers further on. A
/// column is the runs x + j * stride + offsets[0], x + j * stride + offsets[1], ..., of `depth` numbers each. So a
/// convolution is a product without a copy of its patches (cf. the direct convolutions of Georganas et al. 2018).
struct Strip {
  const float* x;
  Index stride;  ///< numbers from a column to the next
  const std::vector<Index>* offsets;
  Index depth;  ///< numbers of a run
  Index columns;
};

/// A left factor w, rows x depth, repacked in panels of rows, each of which strip products read from front to back.
class Panels {
 public:
  /// Makes room, zero everywhere.
  void resize(Index rows, Index depth);
  float& at(Index row, Index k);

  Index rows() const { return rows_; }
  Index depth() const { return depth_; }
  Index count() const;
  /// Vectors of lanes in panel p.
  int vectors(Index p) const;
  const float* panel(Index p) const;

 private:
  Index rows_ = 0, padded_ = 0, depth_ = 0;
  std::vector<float> values_;
};

/// y = start + w x for one panel of w's rows. Each element is the sum of its products in the order of k.
/// @param start of each row, padded_rows(w.rows()); null: zeros
/// @param y column j's rows are written at y + j * y_stride, padded_rows(w.rows()) of them over all panels
/// Cost: 2 rows depth columns operations. One thread.
void multiply_strip(const Panels& w, Index panel, const Strip& x, const float* start, float* y, Index y_stride);

/// Rows of patches beside each other, for sums over all of them.
struct StripRows {
  Strip first;           ///< the first row's
  Index x_step, d_step;  ///< numbers from a row's columns to those of the next row, in x and in d
  Index rows;
};

/// g += d x', summed over the columns of all rows.
/// @param d column j of row r at d + r * d_step + j * d_stride: `outputs`, padded, zero in the padding
/// @param g padded_rows(outputs) x (runs * depth), column-major
/// Cost: 2 outputs runs depth columns operations. One thread.
void add_strip_gradient(const float* d, Index d_stride, Index outputs, const StripRows& x, float* g);

}  // namespace predcorr::models
