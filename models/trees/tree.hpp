// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// A binary regression tree in one array, children behind their parents and next to each other.
struct Tree {
  struct Node {
    double number = 0;          ///< threshold of an inner node, value of a leaf
    std::uint32_t left = 0;     ///< the child for input <= threshold, the other is next to it; a leaf: itself
    std::uint16_t feature = 0;  ///< the input compared; 0 in a leaf
    std::uint16_t inner = 0;    ///< 1; 0 in a leaf: the step to the right child is a product, not a branch
    bool is_leaf() const { return inner == 0; }
    static Node leaf(double value, std::uint32_t itself) { return {value, itself, 0, 0}; }
  };
  static constexpr Index kMostInputs = 65536;
  static_assert(sizeof(Node) == 16);
  std::vector<Node> nodes;  ///< the root first; never empty in a grown tree

  Index leaves() const { return static_cast<Index>(nodes.size() + 1) / 2; }

  /// Steps from the root to the deepest leaf.
  Index depth() const;

  /// Mean over leaves of the steps from the root.
  double mean_leaf_depth() const;

  /// The values of `count` points. Several points go down at once, since a step waits for memory.
  /// @param points count x d, row-major, contiguous
  void predict(const double* points, Index count, Index inputs, double* out) const;
};

/// Every tree at every point, in parallel. Cost: points * trees * depth steps of about 1 ns.
/// @param points m x d  @return m x trees
RowMatrixF predict_trees(const std::vector<Tree>& trees, const Matrix& points);

}  // namespace predcorr::models
