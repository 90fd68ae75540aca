// SPDX-License-Identifier: Apache-2.0
#include "core/cholesky.hpp"

#include "core/stream.hpp"
#include "tests/core/support.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

/// n x n, positive definite with eigenvalues from 0.5 on.
Matrix positive(Index n) {
  const Matrix g = Stream(5).fork("cholesky").normals(n * n).reshaped(n, n);
  return g * g.transpose() / static_cast<double>(n) + 0.5 * Matrix::Identity(n, n);
}

/// [[s, s (1 + g)], [s (1 + g), s]]: eigenvalues s (2 + g) and -s g, so the diagonal needs more than s g.
Matrix indefinite(double s, double g) {
  Matrix a(2, 2);
  a << s, s * (1 + g), s * (1 + g), s;
  return a;
}

TEST_CASE("The factor, log-determinant and solves match SciPy", "[core]") {
  const Json r = test::reference("core_reference.json").at("linear_algebra");
  const Matrix a = test::matrix(r.at("a")), b = test::matrix(r.at("b"));
  const Cholesky factor(a);
  CHECK(factor.size() == 5);
  CHECK(factor.jitter() == 0.0);
  CHECK(difference(Matrix(factor.lower()), test::matrix(r.at("lower"))) < 1e-13);
  CHECK(factor.log_determinant() == close(r.at("log_determinant"), 1e-12));
  CHECK(difference(factor.solve(b), test::matrix(r.at("solved"))) < 1e-12);
  CHECK(difference(factor.whiten(b), test::matrix(r.at("whitened"))) < 1e-12);
}

TEST_CASE("A positive definite matrix needs no jitter and is factorised exactly", "[core]") {
  for (const Index n : {1, 2, 31, 150}) {
    const Matrix a = positive(n);
    const Cholesky factor(a, 0);
    const Matrix lower = factor.lower();
    CHECK(factor.jitter() == 0.0);
    CHECK(difference(lower * lower.transpose(), a) < 1e-13);
    CHECK(difference(a * factor.solve(Matrix::Identity(n, n)), Matrix::Identity(n, n)) < 1e-11);
  }
}

TEST_CASE("Only the lower triangle is read", "[core]") {
  const Matrix a = positive(6);
  Matrix other = a;
  other.triangularView<Eigen::StrictlyUpper>().setConstant(99);
  CHECK(Matrix(Cholesky(other).lower()) == Matrix(Cholesky(a).lower()));
}

TEST_CASE("A singular matrix gets the smallest jitter that helps", "[core]") {
  const Cholesky ones(Matrix::Ones(3, 3));
  CHECK(ones.jitter() == close(1e-10));
  // A gap of 3e-9 and 7e-6 of the mean diagonal, 4: the next powers of ten are 1e-8 and 1e-5.
  const Matrix narrow = indefinite(4, 3e-9);
  const Cholesky factor(narrow);
  CHECK(factor.jitter() == close(4e-8));
  CHECK(Cholesky(indefinite(4, 7e-6)).jitter() == close(4e-5));
  const Matrix lower = factor.lower();
  CHECK(difference(lower * lower.transpose(), narrow + 4e-8 * Matrix::Identity(2, 2)) < 1e-15);
  CHECK(Cholesky(indefinite(4, 5e-5)).jitter() == close(4e-4));
}

TEST_CASE("Jitter beyond what is allowed is refused", "[core]") {
  CHECK(Cholesky(indefinite(1, 3e-9), 1e-8).jitter() == close(1e-8));
  CHECK(missing(error_of([] { Cholesky(indefinite(1, 3e-9), 1e-9); }),
                {"numerical: ", "2 x 2", "not positive definite"}) == "");
  CHECK(missing(error_of([] { Cholesky(indefinite(1, 2e-4)); }), {"numerical: ", "1.0e-04"}) == "");
  CHECK(missing(error_of([] { Cholesky(-Matrix::Identity(3, 3)); }), {"numerical: ", "3 x 3"}) == "");
}

TEST_CASE("Jitter can be forbidden", "[core]") {
  CHECK(missing(error_of([] { Cholesky(Matrix::Ones(3, 3), 0); }), {"numerical: ", "not positive definite"}) == "");
}

TEST_CASE("Entries that are not finite are refused", "[core]") {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()})
    for (const Index row : {0, 7, 139})
      for (const Index col : {0, 7}) {
        if (row < col) continue;
        INFO("entry " << row << ", " << col << " is " << bad);
        Matrix a = positive(140);
        a(row, col) = bad;
        CHECK(missing(error_of([&] { Cholesky(a, 1e-4); }), {"numerical: "}) == "");
      }
}

TEST_CASE("A matrix that is not square is refused", "[core]") {
  CHECK(missing(error_of([] { Cholesky(Matrix::Ones(2, 3)); }), {"shape: ", "square", "2 x 3"}) == "");
}

}  // namespace
}  // namespace predcorr
