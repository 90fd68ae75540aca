// SPDX-License-Identifier: Apache-2.0
#include "models/gp/inducing_points.hpp"

#include <tbb/global_control.h>

#include <algorithm>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Matrix normal_rows(Index n, Index d, std::uint64_t seed = 3) { return Stream(seed).normals(n * d).reshaped(n, d); }

/// Mean squared distance to the nearest centre.
double quantisation_error(const Matrix& x, const Matrix& centres) {
  double sum = 0;
  for (Index i = 0; i < x.rows(); ++i) sum += (centres.rowwise() - x.row(i)).rowwise().squaredNorm().minCoeff();
  return sum / static_cast<double>(x.rows());
}

/// Rows in lexicographic order, to compare sets of rows.
Matrix sorted(const Matrix& x) {
  std::vector<std::vector<double>> rows;
  for (Index i = 0; i < x.rows(); ++i) {
    const Vector row = x.row(i);
    rows.emplace_back(row.begin(), row.end());
  }
  std::sort(rows.begin(), rows.end());
  Matrix all(x.rows(), x.cols());
  for (Index i = 0; i < x.rows(); ++i)
    for (Index c = 0; c < x.cols(); ++c) all(i, c) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(c)];
  return all;
}

TEST_CASE("inducing points: as many as there are rows, or more, are the rows", "[models]") {
  const Matrix x = normal_rows(20, 3);
  const Index count = GENERATE(20, 21, 500);
  CHECK(sorted(inducing_points(x, count, Stream(1))) == sorted(x));
}

TEST_CASE("inducing points: of rows that come again only one is taken", "[models]") {
  const Matrix distinct = normal_rows(8, 2), x = distinct.replicate(5, 1);
  const Index count = GENERATE(8, 12, 39, 40, 100);
  CAPTURE(count);
  const Matrix points = inducing_points(x, count, Stream(1));
  REQUIRE(points.rows() == 8);
  CHECK(test::difference(sorted(points), sorted(distinct)) < 1e-14);
  CHECK(inducing_points(Matrix::Constant(10, 2, 0.3), 4, Stream(1)) == Matrix::Constant(1, 2, 0.3));
}

TEST_CASE("inducing points: one is the mean", "[models]") {
  const Matrix x = normal_rows(50, 3);
  CHECK(test::difference(inducing_points(x, 1, Stream(1)), x.colwise().mean()) < 1e-14);
  CHECK(inducing_points(x.topRows(1), 1, Stream(1)) == x.topRows(1));
}

TEST_CASE("inducing points: within the data's bounding box", "[models]") {
  const Matrix x = normal_rows(700, 3);
  const Matrix points = inducing_points(x, 40, Stream(2));
  REQUIRE(points.rows() == 40);
  for (Index c = 0; c < 3; ++c) {
    CHECK(points.col(c).minCoeff() >= x.col(c).minCoeff());
    CHECK(points.col(c).maxCoeff() <= x.col(c).maxCoeff());
  }
}

TEST_CASE("inducing points: clusters get a point each", "[models]") {
  // Five far clusters of 100 rows: random rows miss one in most cases, k-means++ finds all.
  Matrix centres(5, 2);
  centres << 0, 0, 100, 0, 0, 100, -100, 0, 0, -100;
  const Matrix x = centres.replicate(100, 1) + 0.5 * normal_rows(500, 2);
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const Matrix points = inducing_points(x, 5, Stream(seed));
    for (Index k = 0; k < 5; ++k) CHECK((points.rowwise() - centres.row(k)).rowwise().norm().minCoeff() < 0.3);
    CHECK(quantisation_error(x, points) < 0.6);
  }
}

TEST_CASE("inducing points: nearer to the data than random rows", "[models]") {
  const Matrix x = normal_rows(600, 2);
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    Rows rows = Stream(seed).permutation(600);
    rows.resize(25);
    CHECK(quantisation_error(x, inducing_points(x, 25, Stream(seed))) <
          0.8 * quantisation_error(x, x(rows, Eigen::all)));
  }
}

TEST_CASE("inducing points: further iterations would hardly help", "[models]") {
  // One more step of Lloyd's: each centre to the mean of its rows.
  const Matrix x = normal_rows(400, 2), points = inducing_points(x, 10, Stream(1));
  Matrix sums = Matrix::Zero(10, 2);
  Vector sizes = Vector::Zero(10);
  for (Index i = 0; i < x.rows(); ++i) {
    Index k = 0;
    (points.rowwise() - x.row(i)).rowwise().squaredNorm().minCoeff(&k);
    sums.row(k) += x.row(i);
    sizes(k) += 1;
  }
  REQUIRE(sizes.minCoeff() > 0);
  const Matrix next = sizes.cwiseInverse().asDiagonal() * sums;
  CHECK(quantisation_error(x, next) > 0.97 * quantisation_error(x, points));
}

TEST_CASE("inducing points: follow the stream, on any number of threads", "[models]") {
  const Matrix x = normal_rows(1000, 2);
  const auto on = [&](std::size_t threads, std::uint64_t seed) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return inducing_points(x, 30, Stream(seed));
  };
  CHECK(on(1, 4) == on(2, 4));
  CHECK(on(1, 4) != on(1, 5));
}

}  // namespace
}  // namespace predcorr::models
