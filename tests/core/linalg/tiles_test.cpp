// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/tiles.hpp"

#include <Eigen/Cholesky>
#include <atomic>
#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;

// Below, at and above the leaves of 96, tiles of 96, 192 and 384, and the sizes where tiles grow.
const std::vector<Index> kSizes = {1, 2, 31, 95, 96, 97, 191, 193, 300, 1025, 1200};

Matrix random(Index rows, Index cols, const char* name = "tiles") {
  return Stream(6).fork(name).normals(rows * cols).reshaped(rows, cols);
}
/// n x n, symmetric with eigenvalues between 0.5 and about 4.
Matrix positive(Index n) {
  const Matrix g = random(n, n, "positive") / std::sqrt(static_cast<double>(n));
  Matrix a = g * g.transpose();
  a.diagonal().array() += 0.5;
  return a;
}
Matrix lower_of(const Matrix& a) { return a.triangularView<Eigen::Lower>(); }

TEST_CASE("Tiles cover every row once", "[core]") {
  for (const Index n : {0, 1, 95, 96, 97, 1024, 1025, 3072, 3073, 10000}) {
    INFO(n);
    Index next = 0;
    for (Index i = 0; i < tile_count(n); ++i) {
      CHECK(tile_range(i, n).first == next);
      CHECK(tile_range(i, n).count > 0);
      CHECK(tile_range(i, n).count <= tile_size(n));
      next += tile_range(i, n).count;
    }
    CHECK(next == n);
  }
  CHECK(tile_size(1024) == 96);
  CHECK(tile_size(3072) == 96);
  CHECK(tile_size(3073) == 192);
  CHECK(tile_count(97) == 2);
}

TEST_CASE("The lower triangle's tiles are numbered row by row", "[core]") {
  for (const Index n : {0, 50, 96, 97, 960, 9000}) {
    const Index tiles = lower_tile_count(n);
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(tiles));
    std::atomic<bool> sound = true;
    for_lower_tiles(n, [&](Index i, Index j, Index k) {
      if (j > i || j < 0 || i >= tile_count(n) || k != i * (i + 1) / 2 + j) sound = false;
      ++calls.at(static_cast<std::size_t>(k));
    });
    CHECK(sound);
    for (const auto& c : calls) REQUIRE(c == 1);
  }
}

TEST_CASE("The tiled factor matches Eigen's and reads the lower triangle alone", "[core]") {
  Panels below;
  for (const Index n : kSizes) {
    INFO(n);
    const Matrix a = positive(n);
    Matrix factor = a;
    factor.triangularView<Eigen::StrictlyUpper>().setConstant(std::nan(""));
    REQUIRE(factorise_lower(factor, below));
    const Matrix expected = Eigen::LLT<Matrix>(a).matrixL();
    CHECK(difference(lower_of(factor), expected) < 1e-12);
  }
  Matrix none(0, 0);
  CHECK(factorise_lower(none, below));
}

TEST_CASE("A pivot that is not positive is noticed wherever it is", "[core]") {
  Panels below;
  for (const Index n : {97, 300, 1200})
    for (const Index at : {Index{0}, Index{50}, n / 2, n - 1}) {
      INFO(n << ", pivot " << at);
      Matrix a = positive(n);
      a(at, at) = -1;
      CHECK_FALSE(factorise_lower(a, below));
      Matrix undefined = positive(n);
      undefined(n - 1, at) = std::nan("");
      CHECK_FALSE(factorise_lower(undefined, below));
    }
}

TEST_CASE("Rows are whitened as by triangular solves", "[core]") {
  Panels below;
  for (const Index n : {1, 95, 97, 300, 1100})
    for (const Index m : {0, 1, 7, 100}) {
      INFO(m << " rows of " << n);
      const Matrix rows = random(m, n);
      Matrix lower = positive(n);
      REQUIRE(factorise_lower(lower, below));
      lower.triangularView<Eigen::StrictlyUpper>().setConstant(std::nan(""));
      Matrix actual = rows;
      whiten_rows(lower, below, actual);
      Matrix expected = rows;
      if (m > 0) expected = lower.triangularView<Eigen::Lower>().solve(rows.transpose()).transpose();
      CHECK(difference(actual, expected) < 1e-12);
      if (n < 400) {
        Matrix tile = rows;
        whiten_tile(lower, tile);
        CHECK(difference(tile, expected) < 1e-12);
      }
    }
}

TEST_CASE("Gram matrices are subtracted whole, from the lower triangle", "[core]") {
  for (const Index m : {1, 95, 97, 193, 300, 1100})
    for (const Index k : {0, 1, 40, 130}) {
      INFO(m << " rows of " << k);
      const Matrix rows = random(m, k);
      Matrix c = positive(m);
      const Matrix expected = c - rows * rows.transpose();
      c.triangularView<Eigen::StrictlyUpper>().setConstant(std::nan(""));
      subtract_gram(rows, c);
      CHECK(difference(c, expected) < 1e-13);
      CHECK(c == c.transpose());
    }
}

TEST_CASE("Below the diagonal the factor's panels are those made anew", "[core]") {
  for (const Index n : {97, 300, 1100}) {
    INFO(n);
    Matrix lower = positive(n);
    Panels below;
    REQUIRE(factorise_lower(lower, below));
    const Panels again = below_diagonal(lower);
    const Index tile = tile_size(n);
    bool same = true;
    for (Index row = tile; row < n; ++row)
      for (Index col = 0; col < row / tile * tile; ++col)
        for (const Panels* panels : {static_cast<const Panels*>(&below), &again})
          same = same && panels->at(row / Panels::kRows, col)[row % Panels::kRows] == lower(row, col);
    CHECK(same);
  }
}

TEST_CASE("Products are subtracted tile by tile", "[core]") {
  for (const auto& [m, n, k] :
       {std::tuple<Index, Index, Index>{1, 1, 1}, {97, 95, 30}, {300, 200, 0}, {200, 300, 150}, {1100, 70, 20}}) {
    INFO(m << " x " << n << ", depth " << k);
    const Matrix a = random(m, k, "a"), b = random(n, k, "b"), c = random(m, n, "c");
    Matrix actual = c;
    subtract_product(a, b, actual);
    CHECK(difference(actual, c - a * b.transpose()) < 1e-13);
  }
}

TEST_CASE("Work on a block leaves its surroundings alone", "[core]") {
  Panels below;
  Matrix whole = random(260, 260, "whole");
  const Matrix before = whole;
  whole.block(20, 30, 200, 200) = positive(200);
  REQUIRE(factorise_lower(whole.block(20, 30, 200, 200), below));
  CHECK(difference(lower_of(whole.block(20, 30, 200, 200)), Matrix(Eigen::LLT<Matrix>(positive(200)).matrixL())) <
        1e-12);
  mirror_lower(whole.block(20, 30, 200, 200));
  whole.block(20, 30, 200, 200) = before.block(20, 30, 200, 200);
  CHECK(whole == before);
}

TEST_CASE("Mirroring makes the upper triangle the lower one", "[core]") {
  for (const Index n : kSizes) {
    INFO(n);
    Matrix a = random(n, n);
    const Matrix expected = a.selfadjointView<Eigen::Lower>();
    mirror_lower(a);
    CHECK(a == expected);
  }
}

}  // namespace
}  // namespace predcorr
