// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/inverse_factor.hpp"

#include <Eigen/LU>
#include <cmath>

#include "core/base/stream.hpp"
#include "core/linalg/tiles.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;

// About the tiles of 96 and 192 rows.
const std::vector<Index> kSizes = {1, 2, 31, 95, 96, 97, 192, 300, 1030, 1200};

Matrix positive(Index n) {
  const Matrix g = Stream(7).fork("inverse").normals(n * n).reshaped(n, n) / std::sqrt(static_cast<double>(n));
  Matrix a = g * g.transpose();
  a.diagonal().array() += 0.5;
  return a;
}

/// The lower triangle of A^-1, put together from tiles.
Matrix lower_inverse(const InverseFactor& factor, Index n) {
  Matrix minus = Matrix::Zero(n, n);
  for_lower_tiles(n, [&](Index i, Index j, Index) {
    const auto [row, height] = tile_range(i, n);
    const auto [col, width] = tile_range(j, n);
    factor.subtract_tile(i, j, minus.block(row, col, height, width));
  });
  return -Matrix(minus.triangularView<Eigen::Lower>());
}

TEST_CASE("All tiles together are the inverse", "[core]") {
  for (const Index n : kSizes) {
    INFO(n);
    const Matrix a = positive(n), inverse = a.inverse();
    const InverseFactor factor{Cholesky(a)};
    CHECK(difference(lower_inverse(factor, n), Matrix(inverse.triangularView<Eigen::Lower>())) < 1e-11);
    CHECK(difference(factor.diagonal(), inverse.diagonal()) < 1e-11);
  }
}

TEST_CASE("A tile is subtracted from what is there", "[core]") {
  const Index n = 200;
  const InverseFactor factor{Cholesky(positive(n))};
  for (const auto& [i, j] : {std::pair<Index, Index>{0, 0}, {1, 0}, {2, 1}, {2, 2}}) {
    INFO(i << ", " << j);
    const Index height = tile_range(i, n).count, width = tile_range(j, n).count;
    const Matrix before = Stream(8).normals(height * width).reshaped(height, width);
    Matrix after = before, alone = Matrix::Zero(height, width);
    factor.subtract_tile(i, j, after);
    factor.subtract_tile(i, j, alone);
    const bool diagonal = i == j;
    const auto lower = [&](const Matrix& m) { return diagonal ? Matrix(m.triangularView<Eigen::Lower>()) : m; };
    CHECK(difference(lower(after), lower(before + alone)) < 1e-14);
  }
}

TEST_CASE("The inverse is that of the matrix with its jitter", "[core]") {
  const Matrix ones = Matrix::Ones(3, 3);
  Cholesky factor(ones, 0.1);
  const double jitter = factor.jitter();
  REQUIRE(jitter > 0);
  const Matrix exact = (ones + jitter * Matrix::Identity(3, 3)).inverse();
  CHECK(difference(lower_inverse(InverseFactor(std::move(factor)), 3), Matrix(exact.triangularView<Eigen::Lower>())) <
        1e-4);
}

TEST_CASE("The storage is handed from factor to inverse and out again", "[core]") {
  Matrix a = positive(120);
  const double* place = a.data();
  Cholesky factor(std::move(a));
  InverseFactor inverse(std::move(factor));
  InverseFactor::Storage storage = std::move(inverse).release();
  CHECK(storage.factor.matrix.data() == place);
  storage.factor.matrix = positive(120);
  const InverseFactor again(Cholesky(std::move(storage.factor)), std::move(storage.upper));
  CHECK(difference(lower_inverse(again, 120), lower_inverse(InverseFactor(Cholesky(positive(120))), 120)) == 0);
}

TEST_CASE("The inverse of nothing is nothing", "[core]") {
  const InverseFactor factor{Cholesky(Matrix(0, 0))};
  CHECK(factor.diagonal().size() == 0);
}

}  // namespace
}  // namespace predcorr
