// SPDX-License-Identifier: Apache-2.0
#include "models/linear/linear_evidence.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Matrix normals(Index n, Index p, std::uint64_t seed) { return Stream(seed).normals(n * p).reshaped(n, p); }

/// Features, and targets that are a linear function of them with noise of variance 0.25.
struct Regression {
  Regression(Index n, Index p, std::uint64_t seed = 3, double noise = 0.5)
      : features(normals(n, p, seed)),
        targets(features * Stream(seed + 1).normals(p) + noise * Stream(seed + 2).normals(n)) {}
  Matrix features;
  Vector targets;
};

/// log N(y; 0, v F F' + s I), as it is written.
double evidence(const Matrix& f, const Vector& y, double v, double s) {
  const Matrix observed = v * f * f.transpose() + s * Matrix::Identity(y.size(), y.size());
  const Eigen::PartialPivLU<Matrix> lu(observed);
  return -0.5 * (y.dot(lu.solve(y)) + lu.matrixLU().diagonal().array().abs().log().sum() +
                 static_cast<double>(y.size()) * std::log(2 * std::acos(-1.0)));
}

TEST_CASE("linear evidence: posterior and evidence by the dense formulas", "[models]") {
  for (const auto& [n, p] : {std::pair<Index, Index>(30, 4), {6, 6}, {5, 20}, {1, 3}}) {
    CAPTURE(n, p);
    const Regression r(n, p);
    const LinearPosterior posterior(r.features, r.targets, 1e-3);
    const auto [v, s, value] = posterior.variances();
    CHECK(value == test::close(evidence(r.features, r.targets, v, s)));
    // Bishop 2006, eq. 3.53-3.54: S^-1 = I / v + F'F / s, m = S F'y / s.
    const Matrix precision = Matrix::Identity(p, p) / v + r.features.transpose() * r.features / s;
    const Matrix covariance = precision.inverse();
    CHECK(test::difference(posterior.mean(), covariance * r.features.transpose() * r.targets / s) < 1e-9);
    const Matrix query = normals(7, p, 9);
    const JointPrediction prediction = posterior.predict(query);
    CHECK(test::difference(prediction.mean, query * posterior.mean()) < 1e-12);
    CHECK(test::difference(prediction.latent.matrix(), query * covariance * query.transpose()) < 1e-9);
    CHECK(prediction.latent.stored_factor() != nullptr);
    CHECK(prediction.noise_variance == Vector::Constant(7, s));
    // tr(I - S / v), MacKay 1992.
    CHECK(posterior.effective_parameters() == test::close(static_cast<double>(p) - covariance.trace() / v, 1e-7));
  }
}

TEST_CASE("linear evidence: the gradient is zero at the optimum", "[models]") {
  for (const auto& [n, p] : {std::pair<Index, Index>(40, 5), {40, 39}, {40, 80}}) {
    CAPTURE(n, p);
    const Regression r(n, p, 3, 2.0);
    const auto [v, s, value] = LinearPosterior(r.features, r.targets, 1e-8).variances();
    REQUIRE(s > 1e-4);
    constexpr double h = 1e-4;
    const double by_v =
        (evidence(r.features, r.targets, v * std::exp(h), s) - evidence(r.features, r.targets, v * std::exp(-h), s)) /
        (2 * h);
    const double by_s =
        (evidence(r.features, r.targets, v, s * std::exp(h)) - evidence(r.features, r.targets, v, s * std::exp(-h))) /
        (2 * h);
    CHECK(std::abs(by_v) < 1e-6);  // differences know it to h^2 times a third derivative of order n
    CHECK(std::abs(by_s) < 1e-6);
  }
}

TEST_CASE("linear evidence: at MacKay's fixed point", "[models]") {
  // v = |m|^2 / gamma and s = |y - F m|^2 / (n - gamma): Bishop 2006, eq. 3.92 and 3.95.
  const Regression r(50, 6);
  const LinearPosterior posterior(r.features, r.targets, 1e-8);
  const double gamma = posterior.effective_parameters();
  CHECK(posterior.variances().signal == test::close(posterior.mean().squaredNorm() / gamma, 1e-6));
  CHECK(posterior.variances().noise ==
        test::close((r.targets - r.features * posterior.mean()).squaredNorm() / (50 - gamma), 1e-6));
}

TEST_CASE("linear evidence: no better variances anywhere on a grid", "[models]") {
  // Targets that are noise and features of very different sizes: the best may be at either end.
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const Matrix f = normals(12, 8, seed) * Vector::LinSpaced(8, 0.01, 3).asDiagonal();
    const Vector y = Stream(seed).fork("y").normals(12);
    for (const double smallest : {1e-6, 0.3}) {
      CAPTURE(seed, smallest);
      const auto [v, s, value] = LinearPosterior(f, y, smallest).variances();
      CHECK(s >= smallest);
      double best = value;
      for (double a = -12; a <= 6; a += 0.2)
        for (double b = std::log(smallest); b <= 4; b += 0.2)
          best = std::max(best, evidence(f, y, std::exp(a), std::exp(b)));
      CHECK(value >= best - 1e-7);  // where no signal is best, its scale ends at 1e-10 of the noise
    }
  }
}

TEST_CASE("linear evidence: a noise below its bound stays there, the signal is found for it", "[models]") {
  const Regression r(20, 3, 3, 1e-3);
  const auto [v, s, value] = LinearPosterior(r.features, r.targets, 0.01).variances();
  CHECK(s == 0.01);
  CHECK(evidence(r.features, r.targets, v * 1.01, s) < value);
  CHECK(evidence(r.features, r.targets, v / 1.01, s) < value);
}

TEST_CASE("linear evidence: features that repeat share their weight", "[models]") {
  Regression r(30, 4);
  r.features.col(3) = r.features.col(2);
  const LinearPosterior twice(r.features, r.targets, 1e-6);
  CHECK(twice.mean()(2) == test::close(twice.mean()(3), 1e-9));
  const auto [v, s, value] = twice.variances();
  CHECK(value == test::close(evidence(r.features, r.targets, v, s)));
  const Matrix covariance = Matrix(Matrix::Identity(4, 4) / v + r.features.transpose() * r.features / s).inverse();
  CHECK(test::difference(twice.predict(r.features).latent.matrix(), r.features * covariance * r.features.transpose()) <
        1e-8);

  // As many features as rows, of which some repeat: what they cannot explain is noise still.
  Regression square(6, 6);
  square.features.rightCols(3) = square.features.leftCols(3).eval();
  const LinearPosterior thin(square.features, square.targets, 1e-6);
  CHECK(thin.variances().log_likelihood ==
        test::close(evidence(square.features, square.targets, thin.variances().signal, thin.variances().noise)));
}

TEST_CASE("linear evidence: targets or features that are all zero", "[models]") {
  const Matrix f = normals(8, 3, 2);
  const LinearPosterior zero(f, Vector::Zero(8), 1e-4);
  CHECK(zero.mean() == Vector::Zero(3));
  CHECK(zero.variances().noise == 1e-4);
  CHECK(zero.predict(f).latent.matrix().allFinite());
  const LinearPosterior blank(Matrix::Zero(8, 3), Vector::Constant(8, 2), 1e-4);
  CHECK(blank.variances().noise == test::close(4));
  CHECK(blank.predict(Matrix::Ones(2, 3)).mean == Vector::Zero(2));
}

TEST_CASE("linear evidence: units carry through", "[models]") {
  const Regression r(25, 4);
  const LinearPosterior one(r.features, r.targets, 1e-3), other(r.features, 1e5 * r.targets, 1e7);
  CHECK(other.variances().signal == test::close(1e10 * one.variances().signal));
  CHECK(other.variances().noise == test::close(1e10 * one.variances().noise));
  // Features in another unit: the weights' variance makes up for it.
  const LinearPosterior small(1e-4 * r.features, r.targets, 1e-3);
  CHECK(small.variances().signal == test::close(1e8 * one.variances().signal));
  CHECK(small.variances().log_likelihood == test::close(one.variances().log_likelihood));
}

TEST_CASE("linear evidence: refuses what it cannot use", "[models]") {
  CHECK(test::missing(test::error_of([] { LinearPosterior(Matrix::Ones(2, 1), Vector::Ones(2), 0); }),
                      {"config: ", "above 0, got 0"}) == "");
  CHECK(test::missing(
            test::error_of([] { LinearPosterior(Matrix::Ones(4, 1), Vector::Ones(4), 1).predict(Matrix::Ones(2, 3)); }),
            {"shape: ", "on 1 features was given 3"}) == "");
  CHECK(test::missing(test::error_of([] { LinearPosterior(Matrix::Constant(4, 1, 1e200), Vector::Ones(4), 1); }),
                      {"numerical: ", "not finite"}) == "");
}

}  // namespace
}  // namespace predcorr::models
