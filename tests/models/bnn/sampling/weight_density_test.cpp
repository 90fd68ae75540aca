// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_density.hpp"

#include <cmath>
#include <numbers>

#include "models/bnn/sampling/weight_sampler.hpp"
#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

/// log N(y; mean, variance), summed.
double log_normal(const Vector& y, const Vector& mean, double variance) {
  return -0.5 * static_cast<double>(y.size()) * std::log(2 * std::numbers::pi * variance) -
         0.5 * (y - mean).squaredNorm() / variance;
}

TEST_CASE("weight density: a linear network's is that of Bayesian regression", "[models]") {
  const TrainingData data = test::curve(1100, 4, 5);  // three blocks, the last of another size
  const Batch batch = network_data(data);
  const Network network({.inputs = 4, .hidden = {}, .fan_in_scaling = true});
  WeightDensity density(network, batch);
  const WeightHyper hyper{.noise_variance = 0.3, .prior_variance = 1.7};
  Matrix features(1100, 5);
  features << data.inputs, Vector::Ones(1100);
  features /= std::sqrt(5.0);
  VectorF gradient(5);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Vector w = Stream(seed).normals(5).cast<float>().cast<double>();
    const double value = density(w.cast<float>(), hyper, gradient);
    const Vector residual = data.targets - features * w;
    // Floats: residuals of order 1 to 1e-7 each, 1100 of them.
    CHECK(value ==
          Approx(log_normal(data.targets, features * w, 0.3) + log_normal(w, Vector::Zero(5), 1.7)).epsilon(1e-7));
    const Vector expected = features.transpose() * residual / 0.3 - w / 1.7;
    CHECK((gradient.cast<double>() - expected).norm() < 1e-5 * expected.norm());
    CHECK(density.squares() == Approx(residual.squaredNorm()).epsilon(1e-6));
  }
  CHECK(density.rows() == 1100);
}

TEST_CASE("weight density: its gradient is the slope of its value", "[models]") {
  const Batch batch = network_data(test::curve(30, 3, 5));
  const Network network({.inputs = 3, .hidden = {6, 4}, .activation = Activation::tanh, .fan_in_scaling = true});
  WeightDensity density(network, batch);
  const WeightHyper hyper{.noise_variance = 0.5, .prior_variance = 2};
  Stream stream(8);
  const VectorF at = network.initial_parameters(stream);
  VectorF gradient(at.size()), unused(at.size());
  density(at, hyper, gradient);
  for (Index i = 0; i < at.size(); ++i) {
    VectorF up = at, down = at;
    up(i) += 0.01f;
    down(i) -= 0.01f;
    const double slope =
        (density(up, hyper, unused) - density(down, hyper, unused)) / static_cast<double>(up(i) - down(i));
    // Third derivatives times 1e-4 / 6, and rounding of outputs, 1e-6 / 0.01.
    CHECK(gradient(i) == Approx(slope).epsilon(2e-3).margin(5e-3));
  }
}

TEST_CASE("weight density: trajectories of a network keep its energy to second order", "[models]") {
  const Batch batch = network_data(test::curve(40, 3, 5));
  const Network network({.inputs = 3, .hidden = {10}, .activation = Activation::tanh, .fan_in_scaling = true});
  WeightDensity density(network, batch);
  const WeightLogDensity log_density = [&](const VectorF& w, VectorF& gradient) {
    return density(w, {.noise_variance = 0.5, .prior_variance = 1}, gradient);
  };
  Stream stream(8);
  PhasePoint start{network.initial_parameters(stream), VectorF(network.parameter_count()), {}, 0};
  start.gradient = start.momentum;
  stream.fill_normals(start.momentum);
  start.log_density = log_density(start.at, start.gradient);
  const auto error = [&](int steps) {
    PhasePoint point = start;
    for (int i = 0; i < steps; ++i) leapfrog(log_density, 0.8 / steps, point);
    return std::abs(point.energy() - start.energy());
  };
  const double coarse = error(16), middle = error(32), fine = error(64);
  CHECK(coarse > 1e-3);
  CHECK(coarse / middle == Approx(4).epsilon(0.1));
  CHECK(middle / fine == Approx(4).epsilon(0.1));
}

TEST_CASE("weight density: other variances need no other pass", "[models]") {
  const Batch batch = network_data(test::curve(500, 3, 5));  // two blocks
  const Network network({.inputs = 3, .hidden = {10}, .fan_in_scaling = true});
  WeightDensity density(network, batch);
  const WeightHyper from{.noise_variance = 0.02, .prior_variance = 1.7},
      to{.noise_variance = 0.9, .prior_variance = 0.3};
  Stream stream(8);
  const VectorF weights = network.initial_parameters(stream);
  VectorF expected(weights.size()), gradient(weights.size());
  const double expected_density = density(weights, to, expected);
  const double residuals = density.squares(), before = density(weights, from, gradient);
  const WeightSquares squares = density.squares_at(weights, before, from);
  CHECK(squares.residuals == Approx(residuals).epsilon(1e-10));
  CHECK(squares.weights == Approx(weights.cast<double>().squaredNorm()).epsilon(1e-12));
  CHECK(density.residual_squares(weights) == residuals);
  CHECK(density.log_density(squares, to) == Approx(expected_density).epsilon(1e-10));
  WeightDensity::change_hyper(weights, from, to, gradient);
  CHECK((gradient - expected).norm() < 1e-5f * expected.norm());
}

TEST_CASE("weight density: what overflows is not finite", "[models]") {
  const Batch batch = network_data(test::curve(5, 3, 5));
  const Network network({.inputs = 3, .hidden = {4}});
  WeightDensity density(network, batch);
  VectorF gradient(network.parameter_count());
  CHECK_FALSE(std::isfinite(density(VectorF::Constant(network.parameter_count(), 1e30f), {}, gradient)));
}

}  // namespace
}  // namespace predcorr::models
