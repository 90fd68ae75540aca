// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr {

/// A matrix as the product kernel reads it: panels of a few rows, each stored column after column. A factor is brought
/// into this form once and then multiplied from it many times, with every load in sequence; a column-major matrix would
/// have to be gathered from as many memory pages as it has columns for each product. This is where a Gaussian process
/// spends its time: the kernel runs at 95 % of the peak on AVX2 and AVX-512 machines, Eigen's product at 70 %
/// (benchmarks/README.md).
class Panels {
 public:
  /// Which columns of row r are stored, rounded to tiles of `tile` rows: all, those to r, those from r.
  enum class Shape { full, lower, upper };

  Panels() = default;

  /// Storage for rows x cols; what is read before it was set is undefined.
  explicit Panels(Index rows, Index cols, Shape shape = Shape::full, Index tile = 1);

  /// The whole of a matrix, on all idle threads.
  explicit Panels(const Eigen::Ref<const Matrix>& matrix);

  /// Another size; memory is kept where it fits.
  void reshape(Index rows, Index cols, Shape shape = Shape::full, Index tile = 1);

  /// Writes a block. @param row where it begins: a multiple of kRows. The block may end within a panel only at the
  /// matrix's last row, and must lie in what is stored.
  void set(Index row, Index col, const Eigen::Ref<const Matrix>& block);

  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

  /// Rows of a panel: divides every tile size.
  static const Index kRows;

  /// Column `col` of panel `panel`: kRows numbers, the next column's behind them.
  const double* at(Index panel, Index col) const {
    return data_.data() + offsets_[static_cast<std::size_t>(panel)] + col * kRows;
  }

 private:
  Index rows_ = 0, cols_ = 0;
  std::vector<Index> offsets_;  // of each panel's column 0, stored or not
  Vector data_;
};

/// Rows of a matrix in panels.
struct PanelRows {
  const Panels& panels;
  Index row;  ///< the first: a multiple of Panels::kRows
};

/// What of a product is wanted, or known to be zero.
struct ProductShape {
  bool lower_only = false;  ///< of c, entries above the diagonal may be left wrong
  bool a_upper = false;     ///< a's row i is zero before column begin + i
};

/// c -= a b' over the columns from `begin` to `end`, for one tile c on one thread. The order of summation depends on
/// the sizes alone.  Cost: 2 * c.rows() * c.cols() * (end - begin).
void subtract_tile_product(const PanelRows& a, const PanelRows& b, Index begin, Index end, Eigen::Ref<Matrix> c,
                           const ProductShape& shape = {});

/// c -= a b' for matrices that are multiplied once, on one thread.  @param a m x k  @param b n x k  @param c m x n
void subtract_outer_product(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b, Eigen::Ref<Matrix> c);

}  // namespace predcorr
