// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/covariance_check.hpp"

#include "core/base/stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::refusal_of;

std::string refusal(Matrix c, double noise = 0, Index n_pool = 0, double rounding = kDoubleRounding) {
  return refusal_of([&] { check_covariance(c, Vector::Constant(c.cols(), noise), rounding, n_pool, "c"); });
}

/// Eigenvalues 2 - smallest and `smallest`, and 1; the largest variance is 1.
Matrix with_smallest(double smallest) {
  Matrix m = Matrix::Identity(3, 3);
  m(0, 1) = m(1, 0) = 1 - smallest;
  return m;
}

TEST_CASE("an eigenvalue below 0 by a millionth of the largest variance of y is rounding, more is not", "[core]") {
  CHECK(refusal(with_smallest(0)) == "");
  CHECK(refusal(with_smallest(-0.99e-6)) == "");
  CHECK_THAT(refusal(with_smallest(-1.01e-6)), contains("numerical: c: is no covariance"));
  CHECK(refusal(with_smallest(-1.99e-6), 1) == "");  // with noise 1 the largest variance of y is 2
  CHECK(refusal(with_smallest(-0.99e-4), 0, 0, kSingleRounding) == "");
  CHECK_THAT(refusal(with_smallest(-1.01e-4), 0, 0, kSingleRounding), contains("is no covariance"));
  for (const double scale : {1e-290, 1e290}) {
    CHECK(refusal(scale * with_smallest(-0.99e-6)) == "");
    CHECK_THAT(refusal(scale * with_smallest(-1.01e-6)), contains("is no covariance"));
  }
}

TEST_CASE("so is a negative variance, and a difference of the triangles", "[core]") {
  Matrix c = Matrix::Identity(3, 3);
  c(2, 2) = -0.99e-6;
  CHECK(refusal(c) == "");
  c(2, 2) = -1.01e-6;
  CHECK(refusal(c) == "numerical: c: the variance of point 2 is -1.01e-06 (counted from 0); it must not be negative");
  c = Matrix::Identity(3, 3);
  c(0, 1) = 0.99e-6;
  CHECK(refusal(c) == "");
  c(0, 1) = 1.01e-6;
  CHECK_THAT(refusal(c), contains("c: is not symmetric: 1.01e-06 in row 0, column 1, but 0 in row 1, column 0"));
}

TEST_CASE("where y does not vary, nothing but zeros will do", "[core]") {
  CHECK(refusal(Matrix::Zero(3, 3)) == "");
  Matrix c = Matrix::Zero(3, 3);
  c(0, 1) = c(1, 0) = 1e-300;
  CHECK_THAT(refusal(c), contains("is no covariance"));
  CHECK(refusal(Matrix(0, 0)) == "");
  CHECK_THAT(refusal(Matrix(2, 3)), contains("shape: c: has shape 2 x 3"));
  CHECK_THAT(refusal(Matrix::Constant(1, 1, 1e308), 1.7e308), contains("too large a number"));
}

TEST_CASE("a covariance of many points is looked at as a whole", "[core]") {
  const Index n = 700;
  const Matrix f = Stream(5).normals(3 * n).reshaped(n, 3);
  const Matrix c = f * f.transpose();  // of rank 3
  CHECK(refusal(c) == "");
  Matrix pair = c;
  pair(n - 1, 7) = pair(7, n - 1) = 2 * std::sqrt(c(7, 7) * c(n - 1, n - 1));
  CHECK_THAT(refusal(pair), contains("the correlation of points 7 and 699 is 2"));
  Matrix together = Matrix::Constant(n, n, -0.5);  // correlations that any two points may have, but not all
  together.diagonal().setOnes();
  CHECK_THAT(refusal(together), contains("is no covariance, since some combination of points has a negative variance"));
  Matrix one = Matrix::Identity(n, n);  // three points among many
  one(10, 300) = one(300, 10) = one(300, 600) = one(600, 300) = 0.9;
  one(10, 600) = one(600, 10) = -0.9;
  CHECK_THAT(refusal(one), contains("is no covariance, since"));
}

TEST_CASE("of a pool that is not known each point is held against the test points", "[core]") {
  // Correlations of pool points 0, 1 with test points 2, 3, which are independent: r'r is at most 1.
  const double nan = std::nan("");
  const auto with_shares = [&](double a, double b) {
    Matrix c = Matrix::Identity(4, 4);
    c(0, 1) = c(1, 0) = nan;
    c(2, 0) = c(0, 2) = std::sqrt(a);
    c(3, 0) = c(0, 3) = std::sqrt(b);
    return c;
  };
  CHECK(refusal(with_shares(0.5, 0.5), 0, 2) == "");
  CHECK(refusal(with_shares(0.5, 0.5 + 1e-6), 0, 2) == "");
  CHECK_THAT(refusal(with_shares(0.5, 0.5 + 4e-6), 0, 2),
             contains("given the test points, the variance of pool point 0 is -"));
  CHECK_THAT(refusal(with_shares(0.5, 0.25)), contains("c: has nan in row 1, column 0 (counted from 0)"));
  CHECK_THAT(refusal(with_shares(0.5, 0.25), 0, 3), contains("has nan in row 1, column 0"));
  Matrix c = with_shares(0.5, 0.25);
  CHECK(leaves_pool_open(c, 2));
  CHECK_FALSE(leaves_pool_open(c, 3));
  CHECK_FALSE(leaves_pool_open(c, 4));
  CHECK(with_zeros_for_unknown(c, 2)(0, 1) == 0);
  c(2, 3) = c(3, 2) = nan;
  CHECK_THAT(refusal(c, 0, 2), contains("has nan in row 3, column 2"));
}

}  // namespace
}  // namespace predcorr
