// SPDX-License-Identifier: Apache-2.0
#include "models/linear/fourier_process.hpp"

#include <cmath>

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// A process of 2 inputs and 3 features whose 20 parameters are all different, in the order promised: means,
/// L's columns, frequencies, phases, log length-scales.
Vector some_parameters(Stream& stream) { return stream.normals(3 + 6 + 6 + 3 + 2); }

/// As the formulas are written.
void written_down(const Vector& parameters, const Matrix& points, double stddev, Vector& mean, Matrix& factor) {
  Matrix lower = Matrix::Zero(3, 3);
  lower.col(0) = parameters.segment(3, 3);
  lower.col(1).tail(2) = parameters.segment(6, 2);
  lower(2, 2) = parameters(8);
  Matrix features(points.rows(), 3);
  for (Index i = 0; i < points.rows(); ++i)
    for (Index k = 0; k < 3; ++k)
      features(i, k) = stddev * std::sqrt(2.0 / 3) *
                       std::cos(parameters(9 + 2 * k) * points(i, 0) / std::exp(parameters(18)) +
                                parameters(10 + 2 * k) * points(i, 1) / std::exp(parameters(19)) + parameters(15 + k));
  mean = features * parameters.head(3);
  factor = features * lower;
}

TEST_CASE("fourier process: marginals and gradient against the formula", "[models]") {
  Stream stream(95);
  const FourierProcess process(2, 3, 1.7);
  REQUIRE(process.parameter_count() == 20);
  const Vector parameters = some_parameters(stream);
  const Matrix points = stream.normals(10).reshaped(5, 2);
  FourierProcess::Marginals f;
  process.at(parameters, points, f);
  Vector mean;
  Matrix factor;
  written_down(parameters, points, 1.7, mean, factor);
  CHECK((f.mean - mean).norm() < 1e-12);
  CHECK((f.factor - factor).norm() < 1e-12);

  // The loss is the sum of all entries with fixed weights, so those are its gradient.
  const Vector by_mean = stream.normals(5);
  const Matrix by_factor = stream.normals(15).reshaped(5, 3);
  const auto loss = [&](const Vector& at) {
    written_down(at, points, 1.7, mean, factor);
    return mean.dot(by_mean) + factor.cwiseProduct(by_factor).sum();
  };
  Vector gradient(20);
  process.gradient(parameters, f, by_mean, by_factor, gradient);
  for (Index j = 0; j < 20; ++j) {
    constexpr double kStep = 1e-5;
    const Vector step = kStep * Vector::Unit(20, j);
    CAPTURE(j);
    CHECK(gradient(j) == Approx((loss(parameters + step) - loss(parameters - step)) / (2 * kStep)).margin(1e-8));
  }
}

TEST_CASE("fourier process: begins as the RBF process of its length-scales", "[models]") {
  Stream stream(96);
  constexpr Index kFeatures = 1000;
  const FourierProcess process(2, kFeatures, 1.5);
  const Vector parameters = process.initial_parameters(Vector{{0.5, 3.0}}, stream);
  const Matrix points{{0.0, 0.0}, {0.4, 0.0}, {0.4, 2.0}, {-1.0, 5.0}};
  FourierProcess::Marginals f;
  process.at(parameters, points, f);
  CHECK(f.mean.isZero(0));
  const Matrix covariance = f.factor * f.factor.transpose();
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 4; ++j) {
      const double a = (points(i, 0) - points(j, 0)) / 0.5, b = (points(i, 1) - points(j, 1)) / 3;
      // 2 cos cos has a deviation of at most 1.22 about its mean: 4 standard errors over the features.
      CHECK(covariance(i, j) / 2.25 ==
            Approx(std::exp(-0.5 * (a * a + b * b))).epsilon(0).margin(4 * 1.22 / std::sqrt(kFeatures)));
    }
}

}  // namespace
}  // namespace predcorr::models
