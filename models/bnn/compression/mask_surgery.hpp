// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/compression/surgery.hpp"

namespace predcorr::models {

/// Surgery that takes out weights; what is left without any goes with them (remainder_of).
class MaskSurgery : public Surgery {
 public:
  explicit MaskSurgery(const FittedNetwork& trained);

  Index size_without(std::span<const Part> gone) const override;
  FittedNetwork without(std::span<const Part> gone) const override;

 protected:
  /// What a criterion does to a block's weights once it is known which go.  @param gone of the group
  /// @param weights outputs x columns, of the whole block; entries that go need not be set
  virtual void correct(std::size_t group, const Rows& gone, Eigen::Map<MatrixF> weights) const = 0;

  /// Places of a part's weights in the layout.
  virtual Rows places_of(std::size_t group, Index part) const = 0;

  bool is_left(Index place) const { return left_[static_cast<std::size_t>(place)] != 0; }
  Eigen::Map<const MatrixF> matrix_of(std::size_t block) const {
    return {layout_.data() + blocks_[block].at, blocks_[block].outputs, blocks_[block].columns};
  }

  const Network& network_;
  VectorF layout_;  // of the weights
  std::vector<char> left_;
  std::vector<WeightBlock> blocks_;
  std::vector<std::size_t> block_of_;  // of each group

 private:
  std::vector<char> mask_without(std::span<const Part> gone) const;
};

/// The inverse of a factor with a little on its diagonal, 1e-4 of its mean eigenvalue: rows of data are fewer than
/// directions, and what no row says anything of is not for free.
Matrix damped_inverse(const Matrix& factor);

/// The factor itself with that.
Matrix damped(Matrix factor);

}  // namespace predcorr::models
