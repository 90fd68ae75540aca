// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// Products of the sizes that small networks have, a few to a few hundred each way, where a general library spends its
/// time on preparation. Matrices are padded so that no edge needs a case of its own: rows to `padded_rows`, columns
/// (the rows of a batch) to `padded_columns`. What stands in the padding must be finite, and is zero where a sum runs
/// over it. One thread; float; the order of summation depends on the sizes alone.
Index padded_rows(Index n);
Index padded_columns(Index n);

/// Makes room, zero where it is new: padding is read, and only the rest written.
inline void allocate(MatrixF& m, Index rows, Index cols) {
  if (m.rows() != rows || m.cols() != cols) m = MatrixF::Zero(rows, cols);
}

constexpr Index kFewOutputs = 4;  ///< up to which a layer's sums run along its inputs, not its outputs

/// y = w x.  @param w m x depth (or more columns), m padded  @param x at least depth rows, n columns, n padded
/// @param y written: its first m rows, n columns  Cost: 2 m n depth.
void multiply(const Eigen::Ref<const MatrixF>& w, const MatrixF& x, Index depth, MatrixF& y);

/// y = max(w x, 0): a layer of rectified units.
void multiply_rectified(const Eigen::Ref<const MatrixF>& w, const MatrixF& x, Index depth, MatrixF& y);

/// y = w x where `outputs` is positive, else 0: what comes back through rectified units.
/// @param outputs at least m rows, n columns
void multiply_where_positive(const Eigen::Ref<const MatrixF>& w, const MatrixF& x, Index depth, const MatrixF& outputs,
                             MatrixF& y);

/// g = d x'.  @param d m x n, m padded  @param x at least depth rows, n columns  @param g written: m x depth
/// Cost: 2 m n depth.
void multiply_transposed(const MatrixF& d, const MatrixF& x, Index depth, MatrixF& g);

/// y = w' x for few outputs o.  @param w m x o, m padded  @param x at least m rows, n columns  @param y written: its
/// first o rows  Cost: 2 m n o.
void multiply_few(const MatrixF& w, const MatrixF& x, MatrixF& y);

}  // namespace predcorr::models
