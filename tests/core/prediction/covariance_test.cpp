// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/covariance.hpp"

#include <limits>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

struct Form {
  std::string name;
  Covariance covariance;
  Matrix expected;   ///< the whole matrix
  double tolerance;  ///< of a scaled copy; float factors are rounded again
};

/// The covariance of 6 points in every form.
std::vector<Form> forms() {
  Stream stream = Stream(3).fork("covariance");
  const RowMatrix factor = stream.normals(24).reshaped(6, 4);
  const RowMatrixF single = factor.cast<float>();
  const Vector diagonal = stream.normals(6).array().square();
  const Matrix plain = factor * factor.transpose();
  const Matrix rounded = single.cast<double>() * single.cast<double>().transpose();
  const Matrix more = diagonal.asDiagonal();
  return {{"dense", Covariance::dense(plain + more), plain + more, 1e-14},
          {"factor", Covariance::from_factor(factor), plain, 1e-14},
          {"factor and diagonal", Covariance::from_factor(factor, diagonal), plain + more, 1e-14},
          {"float factor", Covariance::from_factor(single), rounded, 1e-6},
          {"float factor and diagonal", Covariance::from_factor(single, diagonal), rounded + more, 1e-6}};
}

TEST_CASE("A factor and a diagonal make the matrix that NumPy makes", "[core]") {
  const Json r = test::reference("core_reference.json").at("linear_algebra");
  const Matrix expected = test::matrix(r.at("factor_covariance"));
  const auto c = Covariance::from_factor(RowMatrix(test::matrix(r.at("factor"))), test::vector(r.at("diagonal")));
  CHECK(difference(c.matrix(), expected) < 1e-14);
  CHECK(difference(c.diagonal(), expected.diagonal()) < 1e-14);
}

TEST_CASE("Every form answers diagonal, blocks and matrix alike", "[core]") {
  for (const Form& form : forms()) {
    INFO(form.name);
    const Covariance& c = form.covariance;
    const Matrix& m = form.expected;
    CHECK(c.size() == 6);
    CHECK(difference(c.matrix(), m) < 1e-14);
    CHECK(difference(c.diagonal(), m.diagonal()) < 1e-14);
    // Rows that repeat, overlap the columns and come in any order; the diagonal belongs where row and column agree.
    const Rows rows = {5, 0, 3, 0}, cols = {3, 5, 1};
    CHECK(difference(c.block(rows, cols), m(rows, cols)) < 1e-14);
    CHECK(difference(c.block(1, 3, 2, 4), m.block(1, 2, 3, 4)) < 1e-14);
    CHECK(c.block({}, cols).rows() == 0);
    CHECK(c.block(2, 0, 0, 6).cols() == 6);
    CHECK(c.all_finite());
  }
}

TEST_CASE("A subset is the block of its rows, in the same form", "[core]") {
  for (const Form& form : forms()) {
    INFO(form.name);
    const Rows rows = {4, 1, 5};
    const Covariance part = form.covariance.subset(rows);
    CHECK(difference(part.matrix(), form.expected(rows, rows)) < 1e-14);
    CHECK(part.is_factor() == form.covariance.is_factor());
    CHECK((part.extra_diagonal().size() > 0) == (form.covariance.extra_diagonal().size() > 0));
    const Rows inner = {2, 0}, outer = {5, 4};
    CHECK(difference(part.subset(inner).matrix(), form.expected(outer, outer)) < 1e-14);
    CHECK(form.covariance.subset({}).size() == 0);
    CHECK(form.covariance.subset(consecutive_rows(0, 6)).matrix() == form.covariance.matrix());
  }
}

TEST_CASE("Scaling values scales the covariance by the square, whatever the sign", "[core]") {
  for (const Form& form : forms()) {
    INFO(form.name);
    CHECK(difference(form.covariance.scaled(-1.7).matrix(), 2.89 * form.expected) < form.tolerance);
    CHECK(difference(form.covariance.scaled(-1.7).diagonal(), 2.89 * form.expected.diagonal()) < form.tolerance);
    CHECK(form.covariance.scaled(0).matrix().cwiseAbs().maxCoeff() == 0.0);
    CHECK(difference(form.covariance.matrix(), form.expected) < 1e-14);  // the original is as it was
  }
}

TEST_CASE("Values with factors of their own have diag(s) C diag(s), in the same form", "[core]") {
  Vector s(6);
  s << 2, -0.5, 0, 1, 3.25, 1e-3;
  const Matrix d = s.asDiagonal();
  for (const Form& form : forms()) {
    INFO(form.name);
    const Covariance scaled = form.covariance.scaled(s);
    const Matrix expected = d * form.expected * d;
    CHECK(difference(scaled.matrix(), expected) < form.tolerance);
    CHECK(scaled.matrix() == scaled.matrix().transpose());
    CHECK(scaled.is_factor() == form.covariance.is_factor());
    CHECK((scaled.stored_float_factor() == nullptr) == (form.covariance.stored_float_factor() == nullptr));
    CHECK(scaled.extra_diagonal().size() == form.covariance.extra_diagonal().size());
    CHECK(form.covariance.scaled(Vector(Vector::Ones(6))).matrix() == form.covariance.matrix());
    CHECK(missing(error_of([&] { form.covariance.scaled(Vector(Vector::Ones(5))); }), {"shape: ", "5", "6"}) == "");
  }
  CHECK(Covariance().scaled(Vector()).size() == 0);
}

TEST_CASE("Correlations shrink and variances stay, in every form", "[core]") {
  for (const Form& form : forms()) {
    INFO(form.name);
    const Covariance& c = form.covariance;
    const Matrix full = c.matrix();
    for (const double share : {0.0, 0.4, 1.0}) {
      const Covariance shrunk = c.with_correlations_times(share);
      Matrix expected = share * full;
      expected.diagonal() = full.diagonal();
      CHECK(difference(shrunk.matrix(), expected) < form.tolerance);
      CHECK(difference(shrunk.diagonal(), full.diagonal()) < form.tolerance);
      CHECK(shrunk.is_factor() == c.is_factor());
    }
    for (const double share : {-0.1, 1.1})
      CHECK(missing(error_of([&] { c.with_correlations_times(share); }), {"shape: ", "from 0 to 1"}) == "");
  }
}

TEST_CASE("A factor's rows, width and extra diagonal can be had", "[core]") {
  RowMatrix factor(3, 2);
  factor << 1, 2, 3, 4, 5, 6;
  const Vector diagonal = Eigen::Vector3d(0.5, 0, 2);
  const Covariance c = Covariance::from_factor(factor, diagonal);
  CHECK(c.is_factor());
  CHECK(c.width() == 2);
  CHECK(c.factor_rows(1, 2) == factor.bottomRows(2));
  CHECK(Covariance::from_factor(RowMatrixF(factor.cast<float>())).factor_rows(0, 3) == factor);
  CHECK(c.extra_diagonal() == diagonal);
  CHECK(c.matrix()(0, 1) == 11.0);
  CHECK(c.matrix()(2, 2) == 63.0);
  const Covariance dense = Covariance::dense(Matrix::Identity(4, 4));
  CHECK_FALSE(dense.is_factor());
  CHECK(dense.width() == 4);
  CHECK(dense.extra_diagonal().size() == 0);
  CHECK(Covariance().size() == 0);
}

TEST_CASE("The lower triangle of a dense matrix is trusted and mirrored", "[core]") {
  Matrix m(3, 3);
  m << 2, 9, 9, 1, 3, 9, 0.5, 0.25, 4;
  Matrix expected(3, 3);
  expected << 2, 1, 0.5, 1, 3, 0.25, 0.5, 0.25, 4;
  CHECK(Covariance::dense(m).matrix() == expected);
}

TEST_CASE("Numbers that are not finite are noticed in every form", "[core]") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  CHECK_FALSE(Covariance::dense(Matrix::Constant(2, 2, nan)).all_finite());
  CHECK_FALSE(Covariance::from_factor(RowMatrix(RowMatrix::Constant(2, 1, infinity))).all_finite());
  CHECK_FALSE(Covariance::from_factor(RowMatrixF(RowMatrixF::Constant(2, 1, NAN))).all_finite());
  CHECK_FALSE(Covariance::from_factor(RowMatrix(RowMatrix::Ones(2, 1)), Vector::Constant(2, infinity)).all_finite());
}

TEST_CASE("Shapes and signs that make no covariance are refused", "[core]") {
  CHECK(missing(error_of([] { Covariance::dense(Matrix::Ones(2, 3)); }), {"shape: ", "square", "2 x 3"}) == "");
  const RowMatrix factor = RowMatrix::Ones(3, 2);
  CHECK(missing(error_of([&] { Covariance::from_factor(factor, Vector::Ones(2)); }), {"shape: ", "3", "2"}) == "");
  CHECK(missing(error_of([&] { Covariance::from_factor(factor, Eigen::Vector3d(1, -1e-9, 1)); }),
                {"numerical: ", "negative"}) == "");
  for (const Form& form : forms()) {
    INFO(form.name);
    const Covariance& c = form.covariance;
    CHECK(missing(error_of([&] { c.block({0}, {6}); }), {"shape: ", "row 6", "0..5"}) == "");
    CHECK(missing(error_of([&] { c.block({-1}, {0}); }), {"shape: ", "row -1"}) == "");
    CHECK(missing(error_of([&] { c.block(4, 3, 0, 1); }), {"shape: ", "outside"}) == "");
    CHECK(missing(error_of([&] { c.subset({6}); }), {"shape: ", "row 6"}) == "");
    CHECK(missing(error_of([&] { c.factor_rows(5, 2); }), {"shape: ", "outside"}) == "");
  }
  CHECK(missing(error_of([] { Covariance::dense(Matrix::Ones(2, 2)).factor_rows(0, 1); }), {"shape: ", "dense"}) == "");
}

}  // namespace
}  // namespace predcorr
