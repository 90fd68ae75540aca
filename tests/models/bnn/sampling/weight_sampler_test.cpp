// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_sampler.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "models/mcmc/mcmc_diagnostics.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// A normal density, computed in double.
WeightLogDensity normal(const Vector& centre, const Matrix& covariance) {
  const Matrix precision = covariance.inverse();
  return [=](const VectorF& at, VectorF& gradient) {
    const Vector off = at.cast<double>() - centre, force = -precision * off;
    gradient = force.cast<float>();
    return 0.5 * off.dot(force);
  };
}

/// Draws x chains of every coordinate.
std::vector<Matrix> chains(const WeightLogDensity& density, Index p, const SamplerOptions& options, int count,
                           int draws, int thinning) {
  std::vector<Matrix> coordinates(static_cast<std::size_t>(p), Matrix(draws, count));
  for (int c = 0; c < count; ++c) {
    WeightSampler sampler(density, VectorF::Zero(p), options, Stream(6).fork("chain", static_cast<std::uint64_t>(c)));
    sampler.adapt(400);
    for (int s = 0; s < draws; ++s) {
      sampler.sample(thinning);
      for (std::size_t i = 0; i < coordinates.size(); ++i) coordinates[i](s, c) = sampler.at()(static_cast<Index>(i));
    }
    CHECK(sampler.divergences() <= 4);  // where the density falls off faster than any normal
    CHECK(sampler.acceptance() == Approx(options.target_acceptance).margin(0.12));
  }
  return coordinates;
}

/// How many standard errors the mean of the draws is from what it should be, the error taken from the draws' effective
/// number.
double z_score(const Matrix& draws, double expected) {
  const double size = effective_sample_size(draws), mean = draws.mean();
  REQUIRE(size > 400);
  const double variance = (draws.array() - mean).square().mean();
  return (mean - expected) / std::sqrt(variance / size);
}

const auto kKernels = {TransitionKernel::hmc, TransitionKernel::nuts};

TEST_CASE("weight sampler: means and covariances of a correlated normal in ten dimensions", "[models]") {
  constexpr Index kSize = 10;
  Stream stream(2);
  const Matrix root = stream.normals(kSize * kSize).reshaped(kSize, kSize);
  const Matrix covariance = root * root.transpose() / kSize + 0.2 * Matrix::Identity(kSize, kSize);
  const Vector centre = stream.normals(kSize);
  for (const TransitionKernel kernel : kKernels) {
    INFO("kernel " << static_cast<int>(kernel));
    const auto draws =
        chains(normal(centre, covariance), kSize, {.kernel = kernel, .leapfrogs = 8, .initial_step = 0.1}, 4, 2500, 2);
    // 65 numbers, each off by a standard normal: 4.3 is passed once in a thousand times.
    for (Index i = 0; i < kSize; ++i) {
      const Matrix& x = draws[static_cast<std::size_t>(i)];
      CHECK(std::abs(z_score(x, centre(i))) < 4.3);
      CHECK(split_r_hat(x) < 1.02);
      for (Index j = 0; j <= i; ++j) {
        const Matrix products = (x.array() - centre(i)) * (draws[static_cast<std::size_t>(j)].array() - centre(j));
        CHECK(std::abs(z_score(products, covariance(i, j))) < 4.3);
      }
    }
  }
}

TEST_CASE("weight sampler: a density that is not normal", "[models]") {
  // Logarithm of an exponential variable, t - e^t: mean -0.57722 (Euler's constant), variance pi^2 / 6.
  const WeightLogDensity density = [](const VectorF& at, VectorF& gradient) {
    const double t = at(0);
    gradient(0) = static_cast<float>(1 - std::exp(t));
    return t - std::exp(t);
  };
  for (const TransitionKernel kernel : kKernels) {
    INFO("kernel " << static_cast<int>(kernel));
    const Matrix draws = chains(density, 1, {.kernel = kernel, .initial_step = 0.5}, 4, 4000, 1).front();
    CHECK(std::abs(z_score(draws, -0.5772157)) < 3.5);
    CHECK(std::abs(z_score((draws.array() + 0.5772157).square(), 1.6449341)) < 3.5);
  }
}

/// -x^4 / 4 in every coordinate: no trajectory is a rotation.
double quartic(const VectorF& at, VectorF& gradient) {
  const Vector x = at.cast<double>();
  gradient = -x.array().cube().cast<float>();
  return -0.25 * x.array().pow(4).sum();
}

TEST_CASE("weight sampler: leapfrogs keep the energy to second order, and lead back", "[models]") {
  const auto after = [](int steps) {
    PhasePoint point{VectorF{{1.2f, -0.5f, 0.9f}}, VectorF{{0.3f, 0.7f, -1.1f}}, VectorF(3), 0};
    point.log_density = quartic(point.at, point.gradient);
    const PhasePoint start = point;
    const double energy = point.energy();
    for (int i = 0; i < steps; ++i) leapfrog(quartic, 1.6 / steps, point);
    const double error = std::abs(point.energy() - energy);
    for (int i = 0; i < steps; ++i) leapfrog(quartic, -1.6 / steps, point);
    CHECK((point.at - start.at).norm() < 1e-5f);
    CHECK((point.momentum - start.momentum).norm() < 1e-5f);
    return error;
  };
  const double coarse = after(16), middle = after(32), fine = after(64);
  CHECK(coarse > 1e-4);  // far above what rounding to float does
  CHECK(coarse / middle == Approx(4).epsilon(0.1));
  CHECK(middle / fine == Approx(4).epsilon(0.1));
}

TEST_CASE("weight sampler: one leapfrog step by hand", "[models]") {
  // Density -x^2 / 2 at 1 with momentum 2, step 0.5: momentum 1.75, position 1.875, momentum 1.28125.
  const WeightLogDensity density = normal(Vector::Zero(1), Matrix::Ones(1, 1));
  PhasePoint point{VectorF{{1}}, VectorF{{2}}, VectorF{{-1}}, -0.5};
  CHECK(point.energy() == 2.5);
  leapfrog(density, 0.5, point);
  CHECK(point.at(0) == 1.875f);
  CHECK(point.momentum(0) == 1.28125f);
  CHECK(point.gradient(0) == -1.875f);
  CHECK(point.log_density == -0.5 * 1.875 * 1.875);
}

TEST_CASE("weight sampler: trajectories are as long as told", "[models]") {
  long calls = 0;
  const WeightLogDensity inner = normal(Vector::Zero(5), Matrix::Identity(5, 5));
  const WeightLogDensity density = [&](const VectorF& at, VectorF& gradient) {
    ++calls;
    return inner(at, gradient);
  };
  const auto gradients = [&](const SamplerOptions& options) {
    WeightSampler sampler(density, VectorF::Ones(5), options, Stream(1));
    calls = 0;
    sampler.sample(100);
    return static_cast<double>(calls) / 100;
  };
  CHECK(gradients({.leapfrogs = 7}) == 7);
  // No turning back in 7 steps of 0.01.
  CHECK(gradients({.kernel = TransitionKernel::nuts, .max_depth = 3, .initial_step = 0.01}) == 7);
  // At 0.05 half a turn takes 63 steps: trajectories end at 63 or 31, not at 255 (or 127 at the least).
  const double natural = gradients({.kernel = TransitionKernel::nuts, .max_depth = 8, .initial_step = 0.05});
  CHECK(natural > 31);
  CHECK(natural < 90);
}

TEST_CASE("weight sampler: what is impossible is never drawn, and divergences are counted", "[models]") {
  for (const double outside : {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()})
    for (const TransitionKernel kernel : kKernels) {
      INFO("outside " << outside << ", kernel " << static_cast<int>(kernel));
      const WeightLogDensity density = [&](const VectorF& at, VectorF& gradient) {
        gradient(0) = -at(0);
        return at(0) > 0.2f && at(0) < 1.5f ? -0.5 * at(0) * at(0) : outside;
      };
      WeightSampler sampler(density, VectorF{{0.7f}}, {.kernel = kernel, .initial_step = 0.3}, Stream(4));
      sampler.adapt(200);
      double sum = 0;
      for (int i = 0; i < 4000; ++i) {
        sampler.sample(1);
        REQUIRE(sampler.at()(0) > 0.2f);
        REQUIRE(sampler.at()(0) < 1.5f);
        sum += sampler.at()(0) / 4000.0;
      }
      // Mean of the truncated normal: (phi(0.2) - phi(1.5)) / (Phi(1.5) - Phi(0.2)) = 0.7394.
      CHECK(sum == Approx(0.7394).margin(0.05));
      CHECK(sampler.divergences() > 0);
      CHECK(sampler.acceptance() < 1);
    }
}

TEST_CASE("weight sampler: follows the stream, and a density that changes", "[models]") {
  for (const TransitionKernel kernel : kKernels) {
    double centre = 0;
    const WeightLogDensity density = [&](const VectorF& at, VectorF& gradient) {
      gradient(0) = static_cast<float>(centre - at(0));
      return -0.5 * std::pow(at(0) - centre, 2);
    };
    const SamplerOptions options{.kernel = kernel, .initial_step = 0.3};
    const auto end = [&](std::uint64_t seed) {
      WeightSampler sampler(density, VectorF{{0.5f}}, options, Stream(seed));
      sampler.sample(20);
      return sampler.at()(0);
    };
    CHECK(end(1) == end(1));
    CHECK(end(1) != end(2));
    WeightSampler sampler(density, VectorF{{0}}, options, Stream(3));
    CHECK(sampler.log_density() == 0);
    centre = 8;
    VectorF gradient(1);
    const double now = density(sampler.at(), gradient);
    sampler.density_changed(now, gradient);
    CHECK(sampler.log_density() == -32);
    CHECK(sampler.gradient()(0) == 8);
    sampler.sample(200);
    CHECK(std::abs(sampler.at()(0) - 8) < 5);
    const VectorF away{{7.5f}};
    const double there = density(away, gradient);
    sampler.move_to(away, there, gradient);
    CHECK(sampler.at()(0) == 7.5f);
    CHECK(sampler.log_density() == Approx(-0.125));
  }
}

TEST_CASE("weight sampler: adaptation that begins anew follows a density that has become narrow", "[models]") {
  double precision = 1;
  const WeightLogDensity density = [&](const VectorF& at, VectorF& gradient) {
    gradient = static_cast<float>(-precision) * at;
    return -0.5 * precision * static_cast<double>(at.squaredNorm());
  };
  WeightSampler sampler(density, VectorF::Zero(5), {.leapfrogs = 5, .initial_step = 0.1}, Stream(4));
  sampler.adapt(1000);
  const double wide = sampler.step_size();
  precision = 1e4;
  VectorF gradient(5);
  const double now = density(sampler.at(), gradient);
  sampler.density_changed(now, gradient);
  sampler.restart_adaptation();
  sampler.adapt(200);
  sampler.sample(200);
  // Over 40 streams the log of the ratio has a standard deviation of 0.04 about a value 0.08 from that of 100 (200
  // steps of adaptation against 1000), the acceptance one of 0.018: four of these.
  CHECK(sampler.step_size() == Approx(wide / 100).epsilon(0.24));
  CHECK(sampler.acceptance() == Approx(0.8).margin(0.08));
}

TEST_CASE("weight sampler: steps follow their factor", "[models]") {
  const WeightLogDensity density = [](const VectorF&, VectorF& gradient) {
    gradient = VectorF::Zero(1);  // flat: a trajectory is a straight line
    return 0.0;
  };
  WeightSampler sampler(density, VectorF::Zero(1), {.leapfrogs = 1, .initial_step = 0.1}, Stream(4));
  WeightSampler longer(density, VectorF::Zero(1), {.leapfrogs = 1, .initial_step = 0.1}, Stream(4));
  longer.scale_steps(3);
  CHECK(longer.step_size() == Approx(0.3));
  sampler.sample(1);
  longer.sample(1);
  CHECK(longer.at()(0) == Approx(3 * sampler.at()(0)));
}

TEST_CASE("weight sampler: a start that is impossible is refused", "[models]") {
  const WeightLogDensity density = [](const VectorF&, VectorF& gradient) {
    gradient.setZero();
    return std::numeric_limits<double>::quiet_NaN();
  };
  CHECK(test::error_of([&] { WeightSampler(density, VectorF{{1, -3}}, {}, Stream(1)); }) ==
        "numerical: sampler: the log density at a chain's start is nan (largest weight 3); it must be finite with its "
        "gradient, so start elsewhere or bring the data to unit scale");
}

}  // namespace
}  // namespace predcorr::models
