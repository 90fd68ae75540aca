// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/cholesky.hpp"

namespace predcorr {

/// U = L'^-1 of a Cholesky factor, in the factor's own storage; A^-1 = U U' is handed out tile by tile and never
/// stored. For derivatives of log |A|, which need all of A^-1, and for leave-one-out scores,
/// which need its diagonal.
class InverseFactor {
 public:
  /// Cost: n^3 / 3.
  explicit InverseFactor(Cholesky&& factor);

  /// c -= the tile (i, j), i >= j, of A^-1 (tiles as core/tiles.hpp has them); of a diagonal tile the lower triangle.
  /// All tiles together cost n^3 / 3.
  void subtract_tile(Index i, Index j, Eigen::Ref<Matrix> c) const;

  /// Diagonal of A^-1: n. Cost: n^2.
  Vector diagonal() const;

  /// Gives up the n x n storage.
  Matrix release() && { return std::move(upper_); }

 private:
  Matrix upper_;
};

}  // namespace predcorr
