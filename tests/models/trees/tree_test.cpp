// SPDX-License-Identifier: Apache-2.0
#include "models/trees/tree.hpp"

#include <bit>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// x0 <= 0.5 ? 10 : (x1 <= -1 ? 20 : 30)
Tree three_leaves() {
  return {{{0.5, 1, 0, 1}, Tree::Node::leaf(10, 1), {-1, 3, 1, 1}, Tree::Node::leaf(20, 3), Tree::Node::leaf(30, 4)}};
}

/// A complete tree of some depth whose every leaf has its number as value: the bits of the comparisons on the way.
Tree complete(int depth) {
  Tree tree;
  tree.nodes.resize((std::size_t{2} << depth) - 1);
  const std::uint32_t inner = (1U << depth) - 1;
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    if (i < inner)
      tree.nodes[i] = {0, 2 * i + 1, static_cast<std::uint16_t>(std::bit_width(i + 1) - 1), 1};
    else
      tree.nodes[i] = Tree::Node::leaf(i - inner, i);
  }
  return tree;
}

TEST_CASE("tree: values by hand; equality goes left", "[models]") {
  const RowMatrix points = (RowMatrix(5, 2) << 0.5, 0, 0.6, -1, 0.6, -0.9, -3, -5, 9, 9).finished();
  Vector values(5);
  three_leaves().predict(points.data(), 5, 2, values.data());
  CHECK(values == (Vector(5) << 10, 20, 30, 10, 30).finished());
}

TEST_CASE("tree: leaves and depths", "[models]") {
  CHECK(three_leaves().leaves() == 3);
  CHECK(three_leaves().depth() == 2);
  CHECK(three_leaves().mean_leaf_depth() == test::close(5.0 / 3));
  const Tree stump{{Tree::Node::leaf(7, 0)}};
  CHECK(stump.leaves() == 1);
  CHECK(stump.depth() == 0);
}

TEST_CASE("tree: many points at once find what each finds alone", "[models]") {
  const Tree tree = complete(6);
  Stream stream(2);
  for (const Index m : {1, 31, 32, 33, 200}) {
    const RowMatrix points = stream.normals(m * 6).reshaped(m, 6);
    Vector values(m);
    tree.predict(points.data(), m, 6, values.data());
    for (Index i = 0; i < m; ++i) {
      int expected = 0;
      for (Index f = 0; f < 6; ++f) expected = 2 * expected + (points(i, f) > 0 ? 1 : 0);
      REQUIRE(values(i) == expected);
    }
  }
}

TEST_CASE("tree: a forest's values have a row for each point and a column for each tree", "[models]") {
  // More points than a block and more trees than a group have, neither a multiple.
  std::vector<Tree> trees;
  for (int t = 0; t < 21; ++t) trees.push_back(t % 2 == 0 ? three_leaves() : Tree{{Tree::Node::leaf(t, 0)}});
  const Matrix points = Stream(3).normals(5001 * 2).reshaped(5001, 2);
  const RowMatrixF values = predict_trees(trees, points);
  REQUIRE(values.rows() == 5001);
  REQUIRE(values.cols() == 21);
  for (Index i = 0; i < 5001; ++i)
    for (Index t = 0; t < 21; ++t) {
      const float expected = t % 2 == 1            ? static_cast<float>(t)
                             : points(i, 0) <= 0.5 ? 10
                             : points(i, 1) <= -1  ? 20
                                                   : 30;
      if (values(i, t) != expected) FAIL("row " << i << " tree " << t);
    }
  CHECK(predict_trees(trees, Matrix(0, 2)).rows() == 0);
}

}  // namespace
}  // namespace predcorr::models
