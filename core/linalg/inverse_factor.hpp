// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg/cholesky.hpp"
#include "core/linalg/panels.hpp"

namespace predcorr {

/// U = L'^-1 of a Cholesky factor; A^-1 = U U' is handed out tile by tile and never stored. For derivatives of log |A|,
/// which need all of A^-1, and for leave-one-out scores, which need its diagonal. Keeps the factor's storage and half
/// as much again; half as much once more while it is made.
class InverseFactor {
 public:
  /// What it is made in, to be used again.
  struct Storage {
    CholeskyStorage factor;
    Panels upper;
  };

  /// @param upper storage to use again  Cost: n^3 / 3.
  explicit InverseFactor(Cholesky&& factor, Panels upper = {});

  /// c -= the tile (i, j), i >= j, of A^-1 (tiles as core/linalg/tiles.hpp has them); of a diagonal tile the lower
  /// triangle. All tiles together cost n^3 / 3.
  void subtract_tile(Index i, Index j, Eigen::Ref<Matrix> c) const;

  /// Diagonal of A^-1: n. Cost: n^2.
  Vector diagonal() const;

  /// Gives up the storage.
  Storage release() && { return {std::move(factor_), std::move(upper_)}; }

 private:
  CholeskyStorage factor_;
  Panels upper_;
};

}  // namespace predcorr
