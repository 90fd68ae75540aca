// SPDX-License-Identifier: Apache-2.0
#include "models/trees/tree.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"

namespace predcorr::models {
namespace {

constexpr int kInFlight = 128;      // points that go down a tree together
constexpr Index kTreesAtOnce = 16;  // a cache line of floats in the result

std::vector<Index> depths(const Tree& tree) {
  std::vector<Index> depth(tree.nodes.size(), 0);
  for (std::size_t i = 0; i < tree.nodes.size(); ++i)
    if (!tree.nodes[i].is_leaf()) depth[tree.nodes[i].left] = depth[tree.nodes[i].left + 1] = depth[i] + 1;
  return depth;
}

/// Some steps for every point that has not arrived, then those that have are left out: depths differ a lot, and a check
/// at each step would be a branch that cannot be foreseen.
void descend(const Tree::Node* nodes, const double* points, Index inputs, int count, double* out) {
  constexpr int kSteps = 4;
  std::uint32_t at[kInFlight] = {};
  std::uint32_t moving[kInFlight];
  for (int k = 0; k < count; ++k) moving[k] = static_cast<std::uint32_t>(k);
  const auto width = static_cast<std::size_t>(inputs);
  for (int left = nodes[0].inner != 0 ? count : 0; left > 0;) {
    for (int step = 0; step < kSteps; ++step)
#pragma GCC unroll 4
      for (int j = 0; j < left; ++j) {
        const std::uint32_t k = moving[j];
        const Tree::Node node = nodes[at[k]];
        const unsigned right = points[k * width + node.feature] > node.number ? 1 : 0;
        at[k] = node.left + (right & node.inner);
      }
    int still = 0;
    for (int j = 0; j < left; ++j) {
      const std::uint32_t k = moving[j];
      moving[still] = k;
      still += nodes[at[k]].inner;
    }
    left = still;
  }
  for (int k = 0; k < count; ++k) out[k] = nodes[at[k]].number;
}

/// Asks for a tree that is used next. Trees of a forest do not fit into the cache together; read in a row, one comes
/// several times as fast as by the jumps of those that go down it. Not worth it for few points, which see little of it.
void fetch_ahead(const Tree& tree, Index points) {
  const std::size_t nodes = tree.nodes.size();
  if (static_cast<std::size_t>(points) * 16 < nodes) return;
  for (std::size_t i = 0; i < nodes; i += 64 / sizeof(Tree::Node)) __builtin_prefetch(&tree.nodes[i], 0, 2);
}

}  // namespace

Index Tree::depth() const {
  const std::vector<Index> all = depths(*this);
  return *std::max_element(all.begin(), all.end());
}

double Tree::mean_leaf_depth() const {
  const std::vector<Index> all = depths(*this);
  double sum = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].is_leaf()) sum += static_cast<double>(all[i]);
  return sum / static_cast<double>(leaves());
}

void Tree::predict(const double* points, Index count, Index inputs, double* out) const {
  for (Index i = 0; i < count; i += kInFlight)
    descend(nodes.data(), points + i * inputs, inputs, static_cast<int>(std::min<Index>(kInFlight, count - i)),
            out + i);
}

RowMatrixF predict_trees(const std::vector<Tree>& trees, const Matrix& points) {
  const Index m = points.rows(), d = points.cols(), count = static_cast<Index>(trees.size());
  RowMatrixF values(m, count);
  if (m == 0 || count == 0) return values;
  // A tree is read once for each block of points, so blocks are as large as the second-level cache takes.
  const Index block = std::clamp<Index>((Index{1} << 15) / std::max<Index>(d, 1), 64, 4096);
  const Index blocks = (m + block - 1) / block, groups = (count + kTreesAtOnce - 1) / kTreesAtOnce;
  // Blocks are copied into rows once; few trees and many points, or the reverse: both have tasks enough.
  const Index chunk = std::max<Index>(1, 64 / groups);  // blocks that are copied at a time
  for (Index first_block = 0; first_block < blocks; first_block += chunk) {
    const Index first = first_block * block, rows = std::min(chunk * block, m - first);
    const RowMatrix copy = points.middleRows(first, rows);
    const Index tasks = (rows + block - 1) / block;
    parallel_for(tasks * groups, [&](Index task) {
      const Index begin = task / groups * block, size = std::min(block, rows - begin);
      const Index first_tree = task % groups * kTreesAtOnce, width = std::min(kTreesAtOnce, count - first_tree);
      Matrix own(size, width);
      const Tree* tree = &trees[static_cast<std::size_t>(first_tree)];
      fetch_ahead(tree[0], size);
      for (Index t = 0; t < width; ++t) {
        if (t + 1 < width) fetch_ahead(tree[t + 1], size);
        tree[t].predict(copy.data() + begin * d, size, d, own.col(t).data());
      }
      values.block(first + begin, first_tree, size, width) = own.cast<float>();
    });
  }
  return values;
}

}  // namespace predcorr::models
