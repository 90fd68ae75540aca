// SPDX-License-Identifier: Apache-2.0
#include "models/gp/hmc.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// A normal density; the matrix is its covariance.
LogDensity normal(const Vector& centre, const Matrix& covariance) {
  const Matrix precision = covariance.inverse();
  return [=](const Vector& at, Vector& gradient) {
    gradient = -precision * (at - centre);
    return 0.5 * (at - centre).dot(gradient);
  };
}

const Vector kCentre{{1, -2, 0.5}};
const Matrix kCovariance{{2, 0.9, 0.1}, {0.9, 1, -0.4}, {0.1, -0.4, 0.5}};

Vector mean_of(const Matrix& draws) { return draws.colwise().mean(); }
Matrix covariance_of(const Matrix& draws) {
  const Matrix off = draws.rowwise() - draws.colwise().mean();
  return off.transpose() * off / static_cast<double>(draws.rows() - 1);
}

TEST_CASE("hmc: mean and covariance of a correlated normal", "[models]") {
  // Badly scaled on purpose: the unit shape does not know the correlations.
  const Matrix shape = GENERATE(0, 1) == 0 ? Matrix::Identity(3, 3) : Matrix(kCovariance.llt().matrixL());
  const HmcOptions options{.chains = 4, .warmup = 200, .draws = 2000, .leapfrogs = 12};
  const HmcDraws found = hamiltonian_monte_carlo(normal(kCentre, kCovariance), kCentre, shape, options, Stream(5));
  REQUIRE(found.draws.rows() == 8000);
  REQUIRE(found.draws.cols() == 3);
  // 8000 draws count as some 2000 independent ones at least: a standard error of 0.022 standard deviations.
  const Vector spread = kCovariance.diagonal().cwiseSqrt();
  CHECK((mean_of(found.draws) - kCentre).cwiseQuotient(spread).cwiseAbs().maxCoeff() < 0.08);
  const Matrix scaled = spread.cwiseInverse().asDiagonal() * (covariance_of(found.draws) - kCovariance) *
                        spread.cwiseInverse().asDiagonal();
  CHECK(scaled.cwiseAbs().maxCoeff() < 0.1);
  CHECK(found.acceptance > 0.6);
  CHECK(found.acceptance <= 1);
  CHECK(found.step_size > 0);
  CHECK(found.mixing.r_hat < 1.03);
  CHECK(found.mixing.ess > 1500);
  CHECK(sampling_warnings("coordinates", found).empty());
}

TEST_CASE("hmc: a density that is not normal", "[models]") {
  // Logarithm of an exponential variable, t - e^t: mean -0.5772 (Euler's constant), variance pi^2 / 6.
  const LogDensity density = [](const Vector& at, Vector& gradient) {
    gradient = Vector{{1 - std::exp(at(0))}};
    return at(0) - std::exp(at(0));
  };
  const HmcOptions options{.chains = 2, .warmup = 200, .draws = 4000, .leapfrogs = 10};
  const HmcDraws found = hamiltonian_monte_carlo(density, Vector::Zero(1), Matrix::Ones(1, 1), options, Stream(2));
  CHECK(mean_of(found.draws)(0) == Approx(-0.5772).margin(0.08));
  CHECK(covariance_of(found.draws)(0, 0) == Approx(1.6449).epsilon(0.12));
}

TEST_CASE("hmc: the step size is adapted to the acceptance wanted", "[models]") {
  const auto with_target = [&](double target) {
    const HmcOptions options{.chains = 2, .warmup = 400, .draws = 1000, .leapfrogs = 6, .target = target};
    return hamiltonian_monte_carlo(normal(kCentre, kCovariance), kCentre, Matrix::Identity(3, 3), options, Stream(3));
  };
  const HmcDraws bold = with_target(0.6), careful = with_target(0.95);
  CHECK(bold.acceptance == Approx(0.6).margin(0.2));
  CHECK(careful.acceptance == Approx(0.95).margin(0.05));
  CHECK(bold.step_size > 1.2 * careful.step_size);
}

TEST_CASE("hmc: what is impossible is never drawn", "[models]") {
  // A normal density, of which only 0.2 < t < 1.5 is possible; its gradient there is nothing to rely on.
  const Matrix one = Matrix::Ones(1, 1);
  const LogDensity inner = normal(Vector::Zero(1), one);
  const double outside = GENERATE(as<double>{}, kImpossible, std::numeric_limits<double>::quiet_NaN());
  const LogDensity density = [&](const Vector& at, Vector& gradient) {
    return at(0) > 0.2 && at(0) < 1.5 ? inner(at, gradient) : outside;
  };
  const HmcOptions options{.chains = 4, .warmup = 50, .draws = 1000};
  const HmcDraws found = hamiltonian_monte_carlo(density, Vector{{0.7}}, one, options, Stream(3));
  CHECK(found.draws.minCoeff() > 0.2);
  CHECK(found.draws.maxCoeff() < 1.5);
  // Mean of the truncated normal: (phi(0.2) - phi(1.5)) / (Phi(1.5) - Phi(0.2)) = 0.7394.
  CHECK(mean_of(found.draws)(0) == Approx(0.7394).margin(0.05));
  CHECK(found.acceptance > 0);
  CHECK(found.acceptance < 1);
}

TEST_CASE("hmc: chains that do not mix are seen not to", "[models]") {
  // Two modes 40 standard deviations apart, the starting points in between.
  const LogDensity density = [](const Vector& at, Vector& gradient) {
    const double centre = at(0) < 0 ? -20 : 20;
    gradient = Vector{{centre - at(0)}};
    return -0.5 * std::pow(at(0) - centre, 2);
  };
  const HmcOptions options{.chains = 6, .warmup = 100, .draws = 100};
  const HmcDraws found = hamiltonian_monte_carlo(density, Vector{{0}}, Matrix::Ones(1, 1), options, Stream(3));
  REQUIRE(found.draws.minCoeff() < -10);
  REQUIRE(found.draws.maxCoeff() > 10);
  CHECK(found.mixing.r_hat > 1.2);
  const std::vector<std::string> warnings = sampling_warnings("hyper-parameters", found);
  REQUIRE(warnings.size() == 1);
  INFO(warnings[0]);
  CHECK(warnings[0].starts_with("the sampler has not mixed, hyper-parameters: R-hat "));
  CHECK(warnings[0].ends_with("; raise warmup and draws, or chains"));
}

TEST_CASE("hmc: R-hat by hand of chains that stand still", "[models]") {
  // Everything but the start is impossible, so each chain repeats its mode: nothing varies within, R-hat stays 1.
  const LogDensity density = [](const Vector& at, Vector& gradient) {
    gradient = Vector::Zero(1);
    return at(0) == 0 ? 0.0 : kImpossible;
  };
  const HmcDraws found = hamiltonian_monte_carlo(density, Vector{{0}}, Matrix::Ones(1, 1), {}, Stream(3));
  CHECK(found.draws == Matrix::Zero(50, 1));
  CHECK(found.acceptance == 0);
  CHECK(found.mixing.r_hat == 1);
}

TEST_CASE("hmc: follows the stream, and chains differ", "[models]") {
  const HmcOptions options{.chains = 2, .warmup = 5, .draws = 10};
  const auto draws = [&](std::uint64_t seed) {
    return hamiltonian_monte_carlo(normal(kCentre, kCovariance), kCentre, Matrix::Identity(3, 3), options, Stream(seed))
        .draws;
  };
  const Matrix first = draws(1);
  CHECK(first == draws(1));
  CHECK(first != draws(2));
  CHECK(first.topRows(10) != first.bottomRows(10));
}

TEST_CASE("hmc: no warm-up and one draw are possible", "[models]") {
  const HmcDraws found = hamiltonian_monte_carlo(normal(kCentre, kCovariance), kCentre, Matrix::Identity(3, 3),
                                                 {.chains = 1, .warmup = 0, .draws = 1, .leapfrogs = 1}, Stream(1));
  CHECK(found.draws.rows() == 1);
  CHECK(found.draws.allFinite());
  CHECK(found.mixing.r_hat == 1);
}

TEST_CASE("hmc: the shape at a normal density's mode is a root of its covariance", "[models]") {
  const Matrix shape = shape_at_mode(normal(kCentre, kCovariance), kCentre, 100);
  CHECK(test::difference(shape * shape.transpose(), kCovariance) < 1e-8);
}

TEST_CASE("hmc: no direction of the shape is wider than told", "[models]") {
  const Vector variances{{4, 1e6, 0.25}};
  Matrix expected = variances.cwiseMin(9).asDiagonal();
  Matrix shape = shape_at_mode(normal(kCentre, variances.asDiagonal()), kCentre, 3);
  CHECK(test::difference(shape * shape.transpose(), expected) < 1e-6);
  // Flat, or upwards from the mode: as wide as may be.
  const LogDensity saddle = [](const Vector& at, Vector& gradient) {
    gradient = Vector{{-at(0), at(1), 0}};
    return -0.5 * at(0) * at(0) + 0.5 * at(1) * at(1);
  };
  shape = shape_at_mode(saddle, Vector::Zero(3), 3);
  expected = Vector{{1, 9, 9}}.asDiagonal();
  CHECK(test::difference(shape * shape.transpose(), expected) < 1e-6);
}

TEST_CASE("hmc: at the edge of what is possible one side tells the shape", "[models]") {
  const LogDensity inner = normal(kCentre, kCovariance);
  const LogDensity density = [&](const Vector& at, Vector& gradient) {
    return at(1) <= kCentre(1) ? inner(at, gradient) : kImpossible;
  };
  const Matrix shape = shape_at_mode(density, kCentre, 100);
  CHECK(test::difference(shape * shape.transpose(), kCovariance) < 1e-6);
}

TEST_CASE("hmc: nothing to sample", "[models]") {
  const LogDensity constant = [](const Vector&, Vector&) { return 0.0; };
  const Matrix shape = shape_at_mode(constant, Vector(0), 1);
  const HmcDraws found = hamiltonian_monte_carlo(constant, Vector(0), shape, {.chains = 2, .draws = 3}, Stream(1));
  CHECK(found.draws.rows() == 6);
  CHECK(found.draws.cols() == 0);
}

}  // namespace
}  // namespace predcorr::models
