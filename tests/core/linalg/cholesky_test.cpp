// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/cholesky.hpp"

#include <tbb/global_control.h>

#include <Eigen/Eigenvalues>
#include <limits>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
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

TEST_CASE("Whitening and its transpose undo the factor, for few columns and for many", "[core]") {
  for (const Index n : {1, 31, 150, 300}) {
    const Matrix a = positive(n);
    const Cholesky factor(a, 0);
    const Matrix lower = factor.lower();
    for (const Index m : {0, 1, 16, 17, 200}) {
      INFO(n << " rows, " << m << " columns");
      const Matrix b = Stream(6).normals(n * m).reshaped(n, m);
      CHECK(difference(lower * factor.whiten(b), b) < 1e-12);
      CHECK(difference(lower.transpose() * factor.unwhiten(b), b) < 1e-12);
      CHECK(difference(a * factor.solve(b), b) < 1e-11);
      Matrix rows = b.transpose();
      factor.whiten_rows_in_place(rows);
      CHECK(difference(rows.transpose(), factor.whiten(b)) < 1e-12);
    }
  }
}

TEST_CASE("A factor extended is the factor of the whole", "[core]") {
  for (const auto& [n, k] : {std::pair<Index, Index>{1, 1}, {5, 3}, {96, 1}, {90, 20}, {150, 150}, {300, 7}, {4, 0}}) {
    INFO(n << " + " << k);
    const Matrix whole = positive(n + k);
    const Cholesky extended =
        Cholesky(whole.topLeftCorner(n, n), 0).extended(whole.bottomLeftCorner(k, n), whole.bottomRightCorner(k, k));
    const Cholesky at_once(whole, 0);
    CHECK(extended.size() == n + k);
    CHECK(extended.jitter() == 0.0);
    CHECK(difference(Matrix(extended.lower()), Matrix(at_once.lower())) < 1e-12);
    CHECK(extended.log_determinant() == close(at_once.log_determinant(), 1e-12));
  }
}

TEST_CASE("The jitter of a factor stays when it is extended", "[core]") {
  const Cholesky first(Matrix::Ones(3, 3), 1e-4);
  REQUIRE(first.jitter() > 0);
  const Cholesky second = first.extended(Matrix::Constant(2, 3, 0.5), 2 * Matrix::Identity(2, 2));
  CHECK(second.jitter() == first.jitter());
  Matrix whole = Matrix::Ones(5, 5);
  whole.bottomLeftCorner(2, 3).setConstant(0.5);
  whole.topRightCorner(3, 2).setConstant(0.5);
  whole.bottomRightCorner(2, 2) = 2 * Matrix::Identity(2, 2);
  whole.diagonal().array() += first.jitter();
  const Matrix lower = second.lower();
  CHECK(difference(lower * lower.transpose(), whole) < 1e-12);
  CHECK(missing(error_of([&] { first.extended(Matrix::Constant(1, 3, 5), Matrix::Ones(1, 1)); }),
                {"numerical: ", "a matrix of 3 rows is no longer positive definite with 1 more"}) == "");
}

TEST_CASE("Jitter is added to the matrix itself, in every tile", "[core]") {
  // One zero eigenvalue made slightly negative; the failing pivot comes last, when all other tiles are done.
  for (const Index n : {50, 97, 200, 300, 1100}) {
    INFO(n);
    Matrix a = positive(n);
    a.row(n - 1) = a.row(0);
    a.col(n - 1) = a.col(0);
    a(n - 1, n - 1) = a(0, 0) - 1e-7 * a.diagonal().mean();
    const Cholesky factor(a);
    CHECK(factor.jitter() == close(1e-7 * a.diagonal().mean(), 1e-6));
    const Matrix lower = factor.lower();
    CHECK(difference(lower * lower.transpose(), a + factor.jitter() * Matrix::Identity(n, n)) < 1e-13);
  }
}

TEST_CASE("The condition number is estimated from below", "[core]") {
  const auto check = [](const Matrix& a) {
    const Vector eigenvalues = Eigen::SelfAdjointEigenSolver<Matrix>(a, Eigen::EigenvaluesOnly).eigenvalues();
    const double exact = eigenvalues.maxCoeff() / eigenvalues.minCoeff();
    const double estimate = Cholesky(a, 0).condition_estimate();
    INFO(a.rows() << " rows, exact " << exact);
    CHECK(estimate <= 1.001 * exact);
    CHECK(estimate >= 0.5 * exact);
  };
  for (const Index n : {1, 2, 10, 120}) check(positive(n));
  check(Matrix::Identity(7, 7));
  check(Matrix(Vector::LinSpaced(50, 1, 1e6).asDiagonal()));
  // A smooth kernel with a little noise: 1e8 and more.
  const Vector t = Vector::LinSpaced(80, 0, 4);
  for (const double noise : {1e-2, 1e-6}) {
    Matrix k = (-0.5 * (t.replicate(1, 80) - t.transpose().replicate(80, 1)).array().square()).exp();
    k.diagonal().array() += noise;
    check(k);
  }
  CHECK(Cholesky(Matrix(0, 0)).condition_estimate() == 1.0);
}

TEST_CASE("One thread and two give the same bits", "[core]") {
  const Matrix a = positive(700), b = Stream(6).normals(700 * 120).reshaped(700, 120);
  const auto bits = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    const Cholesky factor(a, 0);
    const Matrix lower = factor.lower();
    const Matrix longer = factor.extended(b.transpose() / 200, Matrix::Identity(120, 120)).lower();
    return std::vector<Matrix>{lower, factor.whiten(b), factor.unwhiten(b), factor.solve(b), longer};
  };
  const auto one = bits(1), two = bits(2);
  for (std::size_t i = 0; i < one.size(); ++i) CHECK((one[i] == two[i]));
}

TEST_CASE("The storage can be given up", "[core]") {
  Matrix a = positive(100);
  const double* place = a.data();
  Cholesky factor(std::move(a));
  const Matrix lower = factor.lower();
  const Matrix released = std::move(factor).release().matrix;
  CHECK(released.data() == place);
  CHECK(Matrix(released.triangularView<Eigen::Lower>()) == lower);
}

}  // namespace
}  // namespace predcorr
