// SPDX-License-Identifier: Apache-2.0
#include <Eigen/LU>
#include <cmath>

#include "core/base/stream.hpp"
#include "models/linear/functional_elbo.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// By determinants and inverses, as the formula is written.
double written_down(const Vector& mean, const Matrix& factor, const Matrix& prior, double jitter) {
  const Matrix jitters = jitter * Matrix::Identity(mean.size(), mean.size());
  const Matrix q = factor * factor.transpose() + jitters, p = prior + jitters, inverse = p.inverse();
  return 0.5 * ((inverse * q).trace() + mean.dot(inverse * mean) - static_cast<double>(mean.size()) +
                std::log(p.determinant() / q.determinant()));
}

TEST_CASE("marginal KL: one point by hand", "[models]") {
  // KL(N(1, 3) || N(0, 2)) = (3/2 + 1/2 - 1 + log(2/3)) / 2
  const MarginalKl kl = marginal_kl(Vector{{1.0}}, Matrix{{1.5, 0.5}}, Matrix{{1.5}}, 0.5);
  CHECK(kl.value == Approx(0.5 * (1 + std::log(2.0 / 3))));
  CHECK(kl.by_mean(0) == Approx(0.5));
  // d/dF = ((C + j)^-1 - (FF' + j)^-1) F = (1/2 - 1/3) F
  CHECK(kl.by_factor(0, 0) == Approx(1.5 / 6));
  CHECK(kl.by_factor(0, 1) == Approx(0.5 / 6));
}

TEST_CASE("marginal KL: value and gradient against the formula", "[models]") {
  const Index columns = GENERATE(2, 4, 7);  // fewer, as many and more than points
  Stream stream(90);
  const Vector mean = stream.normals(4);
  const Matrix factor = stream.normals(4 * columns).reshaped(4, columns);
  const Matrix root = stream.normals(16).reshaped(4, 4);
  const Matrix prior = root * root.transpose();
  const MarginalKl kl = marginal_kl(mean, factor, prior, 0.05);
  CHECK(kl.value == test::close(written_down(mean, factor, prior, 0.05)));
  CHECK(kl.value > 0);
  constexpr double kStep = 1e-5;
  for (Index i = 0; i < 4; ++i) {
    const Vector step = kStep * Vector::Unit(4, i);
    const double slope =
        (written_down(mean + step, factor, prior, 0.05) - written_down(mean - step, factor, prior, 0.05)) / (2 * kStep);
    CHECK(kl.by_mean(i) == Approx(slope).epsilon(1e-6).margin(1e-7));
    for (Index k = 0; k < columns; ++k) {
      Matrix up = factor, down = factor;
      up(i, k) += kStep;
      down(i, k) -= kStep;
      const double change = written_down(mean, up, prior, 0.05) - written_down(mean, down, prior, 0.05);
      CHECK(kl.by_factor(i, k) == Approx(change / (2 * kStep)).epsilon(1e-6).margin(1e-6));
    }
  }
}

TEST_CASE("marginal KL: nothing between equals, and finite where points coincide", "[models]") {
  Stream stream(91);
  Matrix factor = stream.normals(15).reshaped(5, 3);
  const MarginalKl equal = marginal_kl(Vector::Zero(5), factor, factor * factor.transpose(), 1e-3);
  CHECK(std::abs(equal.value) < 1e-9);
  CHECK(equal.by_factor.cwiseAbs().maxCoeff() < 1e-9);
  factor.row(1) = factor.row(0);
  CHECK(std::isfinite(marginal_kl(Vector::Zero(5), factor, Matrix::Ones(5, 5), 1e-3).value));
}

}  // namespace
}  // namespace predcorr::models
