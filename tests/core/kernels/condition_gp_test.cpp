// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/kernel.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

std::shared_ptr<const Kernel> kernel_of(const Json& c) {
  Json parameters = {{"variance", c.at("variance")}, {"length_scale", c.at("lengthscales")}};
  const auto name = c.at("kernel").get<std::string>();
  if (name != "rbf") parameters["smoothness"] = name.substr(6, 1) + "/" + name.substr(7, 1);
  return Registry<Kernel>::instance()
      .make({.name = name == "rbf" ? "rbf" : "matern", .parameters = parameters}, "test")
      .object;
}

JointPrediction posterior(const Kernel& kernel, const Matrix& x, const Vector& y, const Matrix& query, double noise) {
  Matrix observed = kernel.cross(x, x);
  observed.diagonal().array() += noise;
  return condition_gp(Cholesky(observed, 0), kernel.cross(query, x), kernel.cross(query, query), y,
                      Vector::Constant(query.rows(), noise));
}

TEST_CASE("The posterior matches scikit-learn for four kernels", "[core]") {
  const Json r = test::reference("gp.json");
  const Matrix x = test::matrix(r.at("x")), query = test::matrix(r.at("x_query"));
  const Vector y = test::vector(r.at("y"));
  REQUIRE(r.at("cases").size() == 4);
  for (const Json& c : r.at("cases")) {
    INFO(c.at("kernel"));
    const JointPrediction p = posterior(*kernel_of(c), x, y, query, c.at("noise_var"));
    CHECK(difference(p.mean, test::vector(c.at("mean"))) < 1e-8);
    CHECK(difference(p.latent.matrix(), test::matrix(c.at("latent_cov"))) < 1e-8);
    CHECK(p.noise_variance == Vector::Constant(query.rows(), 0.07));
  }
}

TEST_CASE("Conditioning in two steps is conditioning at once", "[core]") {
  const Json r = test::reference("gp.json");
  const Matrix x = test::matrix(r.at("x")), query = test::matrix(r.at("x_query"));
  const Vector y = test::vector(r.at("y"));
  const auto kernel = kernel_of(r.at("cases").at(0));
  const Index n = x.rows(), m = query.rows(), half = n / 2;
  const JointPrediction at_once = posterior(*kernel, x, y, query, 0.07);

  Matrix rest(n - half + m, x.cols());
  rest << x.bottomRows(n - half), query;
  const JointPrediction first = posterior(*kernel, x.topRows(half), y.head(half), rest, 0.07);
  const Matrix prior = first.latent.matrix();
  Matrix observed = prior.topLeftCorner(n - half, n - half);
  observed.diagonal().array() += 0.07;
  const JointPrediction second =
      condition_gp(Cholesky(observed, 0), prior.bottomLeftCorner(m, n - half), prior.bottomRightCorner(m, m),
                   y.tail(n - half) - first.mean.head(n - half), Vector::Constant(m, 0.07));
  CHECK(difference(second.mean + first.mean.tail(m), at_once.mean) < 1e-10);
  CHECK(difference(second.latent.matrix(), at_once.latent.matrix()) < 1e-10);
}

TEST_CASE("One observation follows the formula by hand", "[core]") {
  // k_tt + d = 2, k_qt = (1, 0.5), y = 3: mean = k y / 2, latent = K - k k' / 2.
  Matrix cross(2, 1), prior(2, 2);
  cross << 1, 0.5;
  prior << 1.5, 0.4, 0.4, 1.25;
  const JointPrediction p = condition_gp(Cholesky(Matrix::Constant(1, 1, 2)), cross, prior, Vector::Constant(1, 3),
                                         Eigen::Vector2d(0.1, 0.2));
  CHECK(difference(p.mean, Eigen::Vector2d(1.5, 0.75)) < 1e-15);
  Matrix expected(2, 2);
  expected << 1, 0.15, 0.15, 1.125;
  CHECK(difference(p.latent.matrix(), expected) < 1e-15);
  CHECK(p.noise_variance == Eigen::Vector2d(0.1, 0.2));
}

TEST_CASE("A variance that rounding made negative becomes 0", "[core]") {
  Matrix prior(2, 2);
  prior << 1 - 1e-9, 0.2, 0.2, 1;
  Matrix cross(2, 1);
  cross << 1, 0.3;
  const JointPrediction p = condition_gp(Cholesky(Matrix::Ones(1, 1)), cross, prior, Vector::Ones(1), Vector::Zero(2));
  CHECK(p.latent.diagonal()(0) == 0.0);
  CHECK(p.latent.diagonal()(1) == test::close(0.91));
  CHECK(p.latent.matrix()(0, 1) == test::close(-0.1));
}

TEST_CASE("A clearly negative variance is an error", "[core]") {
  const auto impossible = [] {
    condition_gp(Cholesky(Matrix::Ones(1, 1)), Matrix::Constant(1, 1, 2), Matrix::Ones(1, 1), Vector::Ones(1),
                 Vector::Zero(1));
  };
  CHECK(missing(error_of(impossible), {"numerical: ", "-3", "ill-conditioned"}) == "");
}

TEST_CASE("A single query gives what it gives among others", "[core]") {
  const Json r = test::reference("gp.json");
  const Matrix x = test::matrix(r.at("x")), query = test::matrix(r.at("x_query"));
  const Vector y = test::vector(r.at("y"));
  const auto kernel = kernel_of(r.at("cases").at(3));
  const JointPrediction all = posterior(*kernel, x, y, query, 0.07), one = posterior(*kernel, x, y, query.row(2), 0.07);
  CHECK(one.mean(0) == test::close(all.mean(2), 1e-12));
  CHECK(one.latent.diagonal()(0) == test::close(all.latent.diagonal()(2), 1e-10));
}

}  // namespace
}  // namespace predcorr
