// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/distances.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

Matrix points(Index n, Index d) { return Stream(9).fork("distances").normals(n * d).reshaped(n, d); }

TEST_CASE("Scaled squared distances match SciPy", "[core]") {
  const Json r = test::reference("core_reference.json").at("kernels");
  const Matrix x = test::matrix(r.at("x")), z = test::matrix(r.at("z"));
  const Matrix expected = test::matrix(r.at("squared_distances"));
  CHECK(difference(scaled_squared_distances(x, z, test::vector(r.at("length_scale"))), expected) < 1e-13);
  // One length-scale stands for all.
  const Vector one = Vector::Constant(1, 0.7), all = Vector::Constant(3, 0.7);
  CHECK(scaled_squared_distances(x, z, one) == scaled_squared_distances(x, z, all));
  CHECK(difference(scaled_squared_distances(x, z, one) * 0.49, scaled_squared_distances(x, z, Vector::Ones(1))) <
        1e-13);
}

TEST_CASE("More distances match SciPy", "[core]") {
  const Json& r = test::reference("kernel_reference.json");
  const Json &p = r.at("points").at("3"), &d = r.at("distances");
  CHECK(difference(scaled_squared_distances(test::matrix(p.at("x")), test::matrix(p.at("z")),
                                            test::vector(d.at("length_scale"))),
                   test::matrix(d.at("squared"))) < 1e-14);
}

TEST_CASE("Squared distances are never negative and 0 for equal points", "[core]") {
  const Matrix x = points(40, 5).array() + 100;
  const Matrix squared = scaled_squared_distances(x, x, Vector::Ones(1));
  CHECK(squared.minCoeff() >= 0);
  CHECK(squared.diagonal() == Vector::Zero(40));
  CHECK(squared == squared.transpose());
  CHECK(squared.maxCoeff() > 1);
}

TEST_CASE("Points close together far from the origin keep their digits", "[core]") {
  Matrix x(2, 1);
  x << 1e6, 1e6 + 0x1p-20;
  CHECK(scaled_squared_distances(x, x, Vector::Ones(1))(0, 1) == 0x1p-40);
}

TEST_CASE("No points have no distances", "[core]") {
  const Matrix x = points(4, 3);
  CHECK(scaled_squared_distances(x, x.topRows(0), Vector::Ones(1)).cols() == 0);
  CHECK(scaled_squared_distances(x.topRows(0), x, Vector::Ones(3)).rows() == 0);
}

TEST_CASE("Length-scales and columns that do not fit are refused", "[core]") {
  const Matrix x = points(4, 3);
  CHECK(missing(error_of([&] { scaled_squared_distances(x, x, Vector::Ones(2)); }),
                {"shape: ", "length_scale must have 1 or 3 entries, one for each input, got 2"}) == "");
  CHECK(missing(error_of([&] { scaled_squared_distances(x, points(4, 2), Vector::Ones(1)); }),
                {"shape: ", "3 and 2 inputs"}) == "");
}

TEST_CASE("Length-scales start at the median distance of each column", "[core]") {
  // Distances 1, 2, 3, 3, 5, 6 of 0, 1, 3, 6, the upper median 3; times sqrt(2) for two columns.
  Matrix x(4, 2);
  x << 0, 10, 1, 20, 3, 40, 6, 70;
  const Vector scales = median_length_scales(x);
  CHECK(scales(0) == close(3 * std::sqrt(2)));
  CHECK(scales(1) == close(30 * std::sqrt(2)));
  CHECK(median_length_scales(x.leftCols(1))(0) == 3.0);
  CHECK(difference(median_length_scales(x.array() + 5), scales) < 1e-14);
}

TEST_CASE("Columns of few values have the mean distance, constant ones 1", "[core]") {
  Matrix x = Matrix::Zero(8, 1);
  x(5, 0) = 4;  // 7 of 28 distances are 4, the rest 0
  CHECK(median_length_scales(x)(0) == 1.0);
  x(5, 0) = 12;
  CHECK(median_length_scales(x)(0) == 3.0);
  CHECK(median_length_scales(Matrix::Constant(8, 1, 5))(0) == 1.0);
  CHECK(median_length_scales(Matrix::Constant(1, 1, 5))(0) == 1.0);
}

TEST_CASE("Of many rows evenly spaced ones stand for all", "[core]") {
  const Matrix x = points(4000, 2);
  const Vector scales = median_length_scales(x);
  // |N(0, 2)| has median sqrt(2) 0.6745.
  for (Index c = 0; c < 2; ++c) CHECK(scales(c) == Approx(std::sqrt(2.0) * std::sqrt(2.0) * 0.6745).epsilon(0.08));
  const std::vector<Index> every_eighth = [] {
    std::vector<Index> rows;
    for (Index i = 0; i < 4000; i += 8) rows.push_back(i);
    return rows;
  }();
  CHECK(median_length_scales(x(every_eighth, Eigen::all)) == scales);
}

}  // namespace
}  // namespace predcorr
