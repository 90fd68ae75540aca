// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/conditioning.hpp"

#include <Eigen/LU>
#include <cmath>

#include "core/base/stream.hpp"
#include "core/kernels/kernel.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

Matrix normals(Index rows, Index cols, std::uint64_t seed) {
  return Stream(seed).fork("matrix").normals(rows * cols).reshaped(rows, cols);
}

/// Points with a factor of `width` columns, an own diagonal from 0.2 to 0.5 if wanted, noise from 0.1 to 0.4.
JointPrediction example(Index n, Index width, bool extra, std::uint64_t seed = 1) {
  Stream stream(seed);
  JointPrediction p;
  p.mean = stream.normals(n);
  const Vector diagonal = Vector::LinSpaced(n, 0.2, 0.5);
  p.latent = Covariance::from_factor(RowMatrix(normals(n, width, seed)), extra ? diagonal : Vector());
  p.noise_variance = Vector::LinSpaced(n, 0.4, 0.1);
  return p;
}

JointPrediction dense(JointPrediction p) {
  p.latent = Covariance::dense(p.latent.matrix());
  return p;
}

/// The textbook formula with an inverse, repeated points as they stand.
JointPrediction brute_force(const JointPrediction& p, const Rows& observed, const Vector& y) {
  const Matrix c = p.latent.matrix();
  const Vector noise = p.noise_variance(observed);
  Matrix block = c(observed, observed);
  block += Matrix(noise.asDiagonal());
  const Matrix cross = c(Eigen::all, observed), inverse = block.inverse();
  const Vector residual = y - Vector(p.mean(observed));
  return {p.mean + cross * (inverse * residual), Covariance::dense(c - cross * inverse * cross.transpose()),
          p.noise_variance};
}

void check_same(const JointPrediction& actual, const JointPrediction& expected, double tolerance) {
  CHECK(difference(actual.mean, expected.mean) < tolerance);
  CHECK(difference(actual.latent.matrix(), expected.latent.matrix()) < tolerance);
  CHECK(actual.noise_variance == expected.noise_variance);
}

TEST_CASE("A prior conditioned on its data is scikit-learn's posterior", "[core]") {
  const Json r = test::reference("gp.json");
  const Matrix x = test::matrix(r.at("x")), query = test::matrix(r.at("x_query"));
  const Vector y = test::vector(r.at("y"));
  Matrix all(x.rows() + query.rows(), x.cols());
  all << x, query;
  int seen = 0;
  for (const Json& c : r.at("cases")) {
    if (c.at("kernel") != "rbf") continue;
    const Json parameters = {{"variance", c.at("variance")}, {"length_scale", c.at("lengthscales")}};
    const auto kernel = Registry<Kernel>::instance().make({.name = "rbf", .parameters = parameters}, "test").object;
    const double noise = c.at("noise_var").get<double>();
    const JointPrediction prior{Vector::Zero(all.rows()), Covariance::dense(kernel->cross(all, all)),
                                Vector::Constant(all.rows(), noise)};
    const JointPrediction posterior = condition_on(prior, consecutive_rows(0, x.rows()), y);
    const JointPrediction asked = posterior.subset(consecutive_rows(x.rows(), query.rows()));
    CHECK(difference(asked.mean, test::vector(c.at("mean"))) < 1e-8);
    CHECK(difference(asked.latent.matrix(), test::matrix(c.at("latent_cov"))) < 1e-8);
    ++seen;
  }
  CHECK(seen >= 1);
}

TEST_CASE("Every form is conditioned as the textbook says, and keeps its form", "[core]") {
  const Rows observed = {7, 0, 11, 3, 19};
  const Vector y{{1.5, -2, 0.3, 4, -1}};
  // Few observations and many for the factor's width: two ways to the same numbers.
  for (const Index width : {2, 4, 30})
    for (const bool extra : {false, true}) {
      INFO("width " << width << ", own diagonal " << extra);
      const JointPrediction p = example(20, width, extra), expected = brute_force(p, observed, y);
      const JointPrediction actual = condition_on(p, observed, y);
      check_same(actual, expected, 1e-11);
      check_same(condition_on(dense(p), observed, y), expected, 1e-11);
      CHECK(actual.latent.is_factor());
      CHECK(actual.latent.width() == width);
      CHECK((actual.latent.extra_diagonal().size() > 0) == extra);
      CHECK_FALSE(condition_on(dense(p), observed, y).latent.is_factor());
    }
}

TEST_CASE("Points that were not observed keep their own diagonal, an observed one the part that noise hides",
          "[core]") {
  const JointPrediction p = example(20, 4, true);
  const Vector before = p.latent.extra_diagonal();
  const Vector after = condition_on(p, {5}, Vector{{1.0}}).latent.extra_diagonal();
  for (Index i = 0; i < 20; ++i) {
    const double hidden = p.noise_variance(5) / (p.noise_variance(5) + before(5));
    CHECK(after(i) == test::close(before(i) * (i == 5 ? hidden : 1.0), 1e-14));
  }
}

TEST_CASE("A float factor stays one, to float accuracy", "[core]") {
  const Rows observed = {1, 8, 300};
  const Vector y{{1, -1, 2}};
  JointPrediction p = example(600, 20, false);  // more than one block of rows
  p.latent = Covariance::from_factor(RowMatrixF(normals(600, 20, 4).cast<float>()));
  const JointPrediction actual = condition_on(p, observed, y);
  CHECK(actual.latent.stored_float_factor() != nullptr);
  check_same(actual, brute_force(p, observed, y), 1e-6);
}

TEST_CASE("One after another, in any order, is all at once", "[core]") {
  const Rows observed = {2, 9, 14, 5};
  const Vector y{{0.5, 2, -3, 1}};
  for (const bool extra : {false, true})
    for (const bool as_dense : {false, true}) {
      const JointPrediction start = example(16, 6, extra), p = as_dense ? dense(start) : start;
      const JointPrediction at_once = condition_on(p, observed, y);
      JointPrediction step = p;
      for (const std::size_t k : {3u, 0u, 2u, 1u})
        step = condition_on(step, {observed[k]}, Vector{{y(static_cast<Index>(k))}});
      check_same(step, at_once, 1e-11);
      const JointPrediction pairs = condition_on(condition_on(p, {2, 9}, y.head(2)), {14, 5}, y.tail(2));
      check_same(pairs, at_once, 1e-11);
    }
}

TEST_CASE("Each repetition of a point is a measurement of its own", "[core]") {
  const Rows observed = {3, 6, 3, 3};
  const Vector y{{1, -1, 2, 6}};
  for (const bool extra : {false, true}) {
    const JointPrediction p = example(10, 4, extra), expected = brute_force(p, observed, y);
    check_same(condition_on(p, observed, y), expected, 1e-11);
    check_same(condition_on(dense(p), observed, y), expected, 1e-11);
    check_same(condition_on(condition_on(p, {3, 6}, y.head(2)), {3, 3}, y.tail(2)), expected, 1e-11);
  }
}

TEST_CASE("Without noise the function is known where it was seen", "[core]") {
  for (const bool extra : {false, true})
    for (const bool as_dense : {false, true}) {
      JointPrediction start = example(12, 5, extra);
      start.noise_variance.setZero();
      start.noise_variance(4) = 0.3;
      const JointPrediction p = as_dense ? dense(start) : start;
      const Rows observed = {0, 4, 7};
      const Vector y{{1.5, -0.5, 2}};
      const JointPrediction known = condition_on(p, observed, y);
      check_same(known, brute_force(p, observed, y), 1e-11);
      CHECK(known.mean(0) == test::close(1.5));
      CHECK(known.mean(7) == test::close(2));
      CHECK(known.latent.diagonal()(0) == 0);
      CHECK(known.latent.diagonal()(7) == 0);
      CHECK(known.latent.diagonal()(4) > 0);
    }
}

TEST_CASE("What has no variance left is passed over, whatever it says, in one step or in many", "[core]") {
  for (const bool as_dense : {false, true}) {
    INFO("dense " << as_dense);
    JointPrediction start = example(12, 3, false);
    start.noise_variance.setZero();
    const JointPrediction p = as_dense ? dense(start) : start;
    // A point twice with contradicting values: the first counts.
    check_same(condition_on(p, {2, 5, 2}, Vector{{1, 2, -7}}), condition_on(p, {2, 5}, Vector{{1, 2}}), 1e-12);
    check_same(condition_on(condition_on(p, {2, 5}, Vector{{1, 2}}), {2}, Vector{{-7}}),
               condition_on(p, {2, 5}, Vector{{1, 2}}), 1e-12);
    // Three columns are known after three points; a fourth has nothing to say.
    const JointPrediction all = condition_on(p, {1, 4, 8}, Vector{{1, 2, 3}});
    CHECK(all.latent.diagonal().maxCoeff() < 1e-12);
    check_same(all, condition_on(p, {1, 4, 8, 10}, Vector{{1, 2, 3, 1e6}}), 1e-9);
    const JointPrediction later = condition_on(all, {10}, Vector{{1e6}});
    CHECK(difference(later.mean, all.mean) < 1e-12);
    CHECK(later.mean.allFinite());
    // With a little noise it is the truth that contradicts, and the model has to bear it: finite all the same.
    start.noise_variance.setConstant(1e-9);
    const JointPrediction noisy = as_dense ? dense(start) : start;
    const JointPrediction bent = condition_on(noisy, {1, 4, 8, 10, 1}, Vector{{1, 2, 3, 4, 5}});
    CHECK(bent.mean.allFinite());
    CHECK(bent.latent.all_finite());
    CHECK(bent.latent.diagonal().minCoeff() >= 0);
    CHECK(bent.latent.diagonal().maxCoeff() < 1e-7);
  }
}

TEST_CASE("A factor keeps small variances that a dense matrix loses", "[core]") {
  // One column f, seen at f = 1 with noise v: what is left is f f' v / (1 + v).
  const double v = 1e-11;
  const Vector f{{1, 2, -0.5}};
  const JointPrediction p{Vector::Zero(3), Covariance::from_factor(RowMatrix(f)), Vector::Constant(3, v)};
  const Vector left = condition_on(p, {0}, Vector{{3.0}}).latent.diagonal();
  for (Index i = 0; i < 3; ++i) CHECK(left(i) == test::close(f(i) * f(i) * v / (1 + v), 1e-9));
}

TEST_CASE("Independent points learn nothing from each other", "[core]") {
  JointPrediction p = example(6, 3, true);
  p.latent = Covariance::from_factor(RowMatrix(6, 0), Vector::LinSpaced(6, 1, 2));
  const JointPrediction after = condition_on(p, {2}, Vector{{10.0}});
  const double variance = p.latent.diagonal()(2), noise = p.noise_variance(2);
  CHECK(after.mean(2) == test::close(p.mean(2) + variance / (variance + noise) * (10 - p.mean(2))));
  CHECK(after.latent.diagonal()(2) == test::close(variance * noise / (variance + noise)));
  CHECK(after.mean.head(2) == p.mean.head(2));
  CHECK(after.latent.diagonal().tail(3) == p.latent.diagonal().tail(3));
  // A constant model, sure of its function, hears of noise only.
  JointPrediction sure = p;
  sure.latent = Covariance::dense(Matrix::Zero(6, 6));
  check_same(condition_on(sure, {0, 0, 5}, Vector{{1, 2, 3}}), sure, 1e-15);
}

TEST_CASE("Nothing observed changes nothing, and a mistake is refused", "[core]") {
  const JointPrediction p = example(5, 2, false);
  CHECK(condition_on(p, {}, Vector()).latent.stored_factor() == p.latent.stored_factor());
  CHECK(missing(error_of([&] { condition_on(p, {0, 1}, Vector::Ones(1)); }), {"shape: ", "1 values", "2 observed"}) ==
        "");
  CHECK(missing(error_of([&] { condition_on(p, {5}, Vector::Ones(1)); }), {"shape: ", "point 5", "0..4"}) == "");
  CHECK(missing(error_of([&] { condition_on(p, {-1}, Vector::Ones(1)); }), {"shape: ", "point -1"}) == "");
  CHECK(missing(error_of([&] { condition_on(p, {1}, Vector::Constant(1, std::nan(""))); }), {"data: ", "not finite"}) ==
        "");
}

}  // namespace
}  // namespace predcorr
