// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/panels.hpp"

#include <algorithm>
#include <limits>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;

Matrix random(Index rows, Index cols, const char* name) {
  return Stream(5).fork(name).normals(rows * cols).reshaped(rows, cols);
}

/// c - a b' by Eigen.
Matrix expected(const Matrix& a, const Matrix& b, const Matrix& c) { return c - a * b.transpose(); }

// Panels are 24, 12 or 4 rows high and 8 or 4 columns wide, packed 256 deep: sizes about those and their multiples.
const std::vector<Index> kRows = {1, 3, 4, 5, 11, 12, 13, 23, 24, 25, 47, 48, 49, 95, 96, 97};
const std::vector<Index> kCols = {1, 2, 3, 4, 5, 7, 8, 9, 23, 24, 25, 31};

TEST_CASE("The outer product matches Eigen for all sizes about its panels", "[core]") {
  const Matrix a = random(97, 7, "a"), b = random(31, 7, "b"), c = random(97, 31, "c");
  for (const Index m : kRows)
    for (const Index n : kCols)
      for (const Index k : {1, 2, 7}) {
        Matrix actual = c.topLeftCorner(m, n);
        subtract_outer_product(a.topLeftCorner(m, k), b.topLeftCorner(n, k), actual);
        INFO(m << " x " << n << ", depth " << k);
        REQUIRE(difference(actual, expected(a.topLeftCorner(m, k), b.topLeftCorner(n, k), c.topLeftCorner(m, n))) <
                1e-14);
      }
}

TEST_CASE("The outer product matches Eigen for all depths about its packing", "[core]") {
  for (const Index k : {16, 191, 192, 193, 255, 256, 257, 511, 512, 513, 800})
    for (const auto& [m, n] : {std::pair<Index, Index>{24, 8}, {25, 9}, {191, 97}, {1, 1}}) {
      const Matrix a = random(m, k, "a"), b = random(n, k, "b"), c = random(m, n, "c");
      Matrix actual = c;
      subtract_outer_product(a, b, actual);
      INFO(m << " x " << n << ", depth " << k);
      CHECK(difference(actual, expected(a, b, c)) < 1e-13);
    }
}

TEST_CASE("Nothing is subtracted where there are no columns, no rows or no matrix", "[core]") {
  const Matrix c = random(25, 9, "c");
  Matrix same = c;
  subtract_outer_product(Matrix(25, 0), Matrix(9, 0), same);
  CHECK(same == c);
  Matrix flat(0, 9), thin(25, 0), none(0, 0);
  CHECK_NOTHROW(subtract_outer_product(Matrix(0, 4), Matrix::Ones(9, 4), flat));
  CHECK_NOTHROW(subtract_outer_product(Matrix::Ones(25, 4), Matrix(0, 4), thin));
  CHECK_NOTHROW(subtract_outer_product(Matrix(0, 0), Matrix(0, 0), none));
}

TEST_CASE("Blocks of larger matrices are read and written in place, and nothing beside them", "[core]") {
  const Matrix whole = random(130, 140, "whole");
  for (const auto& [m, n, k] : {std::tuple<Index, Index, Index>{24, 8, 16}, {25, 9, 3}, {49, 31, 40}, {1, 5, 2}}) {
    INFO(m << " x " << n << ", depth " << k);
    Matrix actual = whole;
    subtract_outer_product(actual.block(60, 1, m, k), actual.block(61, 50, n, k), actual.block(3, 100, m, n));
    Matrix all = whole;
    all.block(3, 100, m, n) -= whole.block(60, 1, m, k) * whole.block(61, 50, n, k).transpose();
    CHECK(difference(actual.block(3, 100, m, n), all.block(3, 100, m, n)) < 1e-14);
    all.block(3, 100, m, n) = actual.block(3, 100, m, n);
    CHECK(actual == all);
  }
}

TEST_CASE("A product with itself is symmetric to rounding, and repeats bit for bit", "[core]") {
  const Matrix a = random(100, 300, "a");
  Matrix once = Matrix::Zero(100, 100), twice = once;
  subtract_outer_product(a, a, once);
  subtract_outer_product(a, a, twice);
  CHECK(once == twice);
  CHECK(difference(once, once.transpose()) < 1e-14);
}

TEST_CASE("Tiles of panels: parts of a product", "[core]") {
  const Index rows = 2 * 96 + 45, depth = 300;
  const Matrix a = random(rows, depth, "a"), b = random(rows, depth, "b");
  const Panels left(a), right(b);
  CHECK(left.rows() == rows);
  CHECK(left.cols() == depth);
  for (const auto& [row, m, col, n] :
       {std::tuple<Index, Index, Index, Index>{0, 96, 96, 96}, {192, 45, 0, 96}, {96, 96, 192, 45}})
    for (const auto& [begin, end] : {std::pair<Index, Index>{0, 300}, {7, 290}, {40, 40}}) {
      INFO(row << " " << col << " " << begin << "-" << end);
      Matrix c = random(m, n, "c");
      const Matrix wanted = c - a.block(row, begin, m, end - begin) * b.block(col, begin, n, end - begin).transpose();
      subtract_tile_product({left, row}, {right, col}, begin, end, c);
      CHECK(difference(c, wanted) < 1e-13);
    }
  Matrix lower = Matrix::Zero(96, 96);
  subtract_tile_product({left, 96}, {right, 96}, 0, depth, lower, {.lower_only = true});
  const Matrix product = a.middleRows(96, 96) * b.middleRows(96, 96).transpose();
  CHECK(difference(lower.triangularView<Eigen::Lower>(), (-product).triangularView<Eigen::Lower>()) < 1e-13);
}

TEST_CASE("An upper trapezium is multiplied without its zeros, which need not be stored", "[core]") {
  const Index n = 237, tile = 96;
  Matrix upper = random(n, n, "upper");
  upper.triangularView<Eigen::StrictlyLower>().setZero();
  Panels panels(n, n, Panels::Shape::upper, tile);
  for (Index row = 0; row < n; row += tile) {
    const Index count = std::min(tile, n - row);
    panels.set(row, row, upper.block(row, row, count, n - row));
  }
  const Matrix b = random(n, n, "b");
  for (Index row = 0; row < n; row += tile) {
    const Index count = std::min(tile, n - row);
    Matrix c = Matrix::Zero(count, 96);
    subtract_tile_product({panels, row}, {Panels(b), 96}, row, n, c, {.a_upper = true});
    CHECK(difference(c, -upper.middleRows(row, count) * b.middleRows(96, 96).transpose()) < 1e-13);
  }
}

TEST_CASE("Entries that are not finite stay where they belong", "[core]") {
  Matrix a = random(25, 5, "a");
  a(7, 2) = std::numeric_limits<double>::quiet_NaN();
  Matrix c = random(25, 9, "c");
  subtract_outer_product(a, random(9, 5, "b"), c);
  for (Index i = 0; i < 25; ++i) CHECK(c.row(i).allFinite() == (i != 7));
}

}  // namespace
}  // namespace predcorr
