// SPDX-License-Identifier: Apache-2.0
#include "models/linear/functional_elbo.hpp"

#include <cmath>
#include <numbers>

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("functional loss: the formula, and its gradient by every parameter", "[models]") {
  Stream stream(97);
  const FourierProcess process(2, 4, 1.2);
  const KernelPtr prior = read_kernel(
      {{"sum", {{{"rbf", {{"variance", 1.44}, {"length_scale", {0.7, 1.5}}}}}, {{"white", {{"variance", 0.3}}}}}}});
  const Matrix points = stream.normals(12).reshaped(6, 2);
  const Vector targets = stream.normals(4);  // of the first 4 points
  const Index size = process.parameter_count();
  Vector parameters(size + 1);
  parameters << process.initial_parameters(Vector{{0.7, 1.5}}, stream), -1.3;
  parameters += 0.3 * stream.normals(size + 1);
  FunctionalLoss loss(process, prior, 0.02, 0.25);
  Vector gradient, ignored;
  const double value = loss.at(parameters, points, targets, gradient);
  REQUIRE(gradient.size() == size + 1);

  FourierProcess::Marginals f;
  process.at(parameters, points, f);
  // C without the white noise.
  const Matrix c = read_kernel({{"rbf", {{"variance", 1.44}, {"length_scale", {0.7, 1.5}}}}})->cross(points, points);
  const double noise = std::exp(parameters(size));
  double expected = 0.25 * marginal_kl(f.mean, f.factor, c, 0.02).value;
  for (Index i = 0; i < 4; ++i) {
    const double square = std::pow(targets(i) - f.mean(i), 2) + f.factor.row(i).squaredNorm();
    expected += (0.5 * std::log(noise) + 0.5 * square / noise) / 4;
  }
  CHECK(value == test::close(expected));
  for (Index j = 0; j <= size; ++j) {
    constexpr double kStep = 1e-5;
    const Vector step = kStep * Vector::Unit(size + 1, j);
    const double change =
        loss.at(parameters + step, points, targets, ignored) - loss.at(parameters - step, points, targets, ignored);
    CAPTURE(j);
    CHECK(gradient(j) == Approx(change / (2 * kStep)).epsilon(1e-5).margin(1e-7));
  }
}

}  // namespace
}  // namespace predcorr::models
