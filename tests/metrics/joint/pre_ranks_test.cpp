// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/pre_ranks.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "metrics/marginal/residuals.hpp"
#include "tests/metrics/fixtures.hpp"

namespace predcorr::metrics {
namespace {

Matrix equicorrelated(Index d, double rho) { return (1 - rho) * Matrix::Identity(d, d) + rho * Matrix::Ones(d, d); }

/// Draws of N(0, R).
struct GroupDraws {
  GroupDraws(const Matrix& r, std::uint64_t seed) : root(Cholesky(r, 0).lower()), stream(seed) {}
  Vector next() { return root * stream.normals(root.rows()); }
  Matrix root;
  Stream stream;
};

/// Mean and spread of uniform numbers.
void check_uniform(std::vector<double> pits) {
  double mean = 0, square = 0;
  const double n = static_cast<double>(pits.size());
  for (const double u : pits) {
    REQUIRE(u >= 0);
    REQUIRE(u <= 1);
    mean += u / n;
    square += (u - 0.5) * (u - 0.5) / n;
  }
  CHECK(std::abs(mean - 0.5) < 4.5 * std::sqrt(1 / (12 * n)));
  CHECK(std::abs(square - 1.0 / 12) < 4.5 * std::sqrt(1 / (180 * n)));
}

TEST_CASE("pre-ranks: SciPy's transforms", "[metrics]") {
  const Json& groups = test::reference("joint_calibration_reference.json").at("pre_ranks");
  REQUIRE(groups.size() == 6);
  for (const Json& json : groups) {
    const Vector z = test::vector(json.at("z")), deviation = test::vector(json.at("deviation"));
    const Matrix r = test::matrix(json.at("correlation"));
    INFO(z.size() << " points");
    CHECK(highest_density_pit(z, r) == test::close(json.at("hdr").get<double>(), 1e-11));
    CHECK(principal_component_pit(z, deviation, r) == test::close(json.at("principal_component").get<double>(), 1e-11));
    CHECK(dependence_pit(z, r).value() == test::close(json.at("dependence").get<double>(), 1e-9));
    constexpr Index kDraws = 2000;
    const double copula = json.at("copula").get<double>(), error = std::sqrt(0.25 / kDraws + 0.25 / 4000);
    CHECK(std::abs(copula_pit(z, r, kDraws, Stream(3)) - copula) < 4.5 * error);
  }
}

TEST_CASE("pre-ranks: two points by hand", "[metrics]") {
  const Matrix r = equicorrelated(2, 0.5);
  const Vector z{{1, -1}}, other{{0.3, 1.1}};
  CHECK(highest_density_pit(z, r) == test::close(std::exp(-2.0), 1e-14));  // z'R^-1 z = 4
  CHECK(dependence_pit(z, r).value() < 1e-14);                             // none go together less
  CHECK(dependence_pit(Vector{{2, 2}}, r).value() > 1 - 1e-7);             // an eigenvalue of 0, to rounding
  // a = z_1 + z_2 and b = z_1 - z_2 are independent: P(a^2 / b^2 <= q) by Cauchy's distribution.
  const double ratio = (1.4 * 1.4) / (0.8 * 0.8);
  CHECK(dependence_pit(other, r).value() ==
        test::close(2 / std::numbers::pi * std::atan(std::sqrt(ratio * 0.5 / 1.5)), 1e-13));
  CHECK(principal_component_pit(other, Vector{{2, 2}}, r) == test::close(normal_cdf(1.4 / std::sqrt(3.0)), 1e-13));
  // Independent points: the one of larger variance is the principal component.
  CHECK(principal_component_pit(other, Vector{{1, 3}}, equicorrelated(2, 0)) == test::close(normal_cdf(1.1), 1e-13));
  // Of opposite signs, and equal size: the first point's sign counts.
  CHECK(principal_component_pit(other, Vector{{1, 1}}, equicorrelated(2, -0.5)) ==
        test::close(normal_cdf(-0.8 / std::sqrt(3.0)), 1e-13));
}

TEST_CASE("pre-ranks: the copula's transform of independent points is Kendall's distribution", "[metrics]") {
  constexpr Index kDraws = 2000;
  for (const Vector& z : {Vector{{0.4, 0.9}}, Vector{{-0.5, 0.3}}, Vector{{-1, -0.7}}}) {
    const double t = normal_cdf(z(0)) * normal_cdf(z(1)), kendall = t - t * std::log(t);
    CHECK(std::abs(copula_pit(z, Matrix::Identity(2, 2), kDraws, Stream(8)) - kendall) <
          4.5 * std::sqrt(0.25 / kDraws) + 0.01);
  }
}

TEST_CASE("pre-ranks: uniform for draws of the prediction, the copula's at any number of draws", "[metrics]") {
  const Json& json = test::reference("joint_calibration_reference.json").at("pre_ranks").at(3);
  const Matrix r = test::matrix(json.at("correlation"));
  const Vector deviation = test::vector(json.at("deviation"));
  GroupDraws draws(r, 5);
  constexpr int kCases = 3000;
  std::vector<double> density, dependence, component, copula;
  for (int i = 0; i < kCases; ++i) {
    const Vector z = draws.next();
    density.push_back(highest_density_pit(z, r));
    dependence.push_back(dependence_pit(z, r).value());
    component.push_back(principal_component_pit(z, deviation, r));
    copula.push_back(copula_pit(z, r, 12, Stream(6).fork("case", static_cast<std::uint64_t>(i))));
  }
  for (const auto& pits : {density, dependence, component, copula}) check_uniform(pits);
}

TEST_CASE("pre-ranks: far out, at any scale of the residuals, and with one point exact", "[metrics]") {
  const Matrix r = equicorrelated(4, 0.3);
  const Vector z{{1, -2, 0, 0.5}};
  for (const double unit : {1e-150, 1e150, 1e300})
    CHECK(dependence_pit(unit * z, r).value() == test::close(dependence_pit(z, r).value(), 1e-13));
  CHECK(highest_density_pit(1e200 * z, r) == 0);
  CHECK(highest_density_pit(Vector::Zero(4), r) == 1);
  CHECK(principal_component_pit(Vector::Constant(4, 1e200), Vector::Ones(4), r) == 1);
  CHECK(copula_pit(Vector::Constant(4, 1e200), r, 50, Stream(1)) > 0.98);
  CHECK(copula_pit(Vector::Constant(4, -1e200), r, 50, Stream(1)) < 0.02);
  for (const double unit : {1e-150, 1e150})
    CHECK(principal_component_pit(z, unit * Vector{{1, 2, 3, 4}}, r) ==
          test::close(principal_component_pit(z, Vector{{1, 2, 3, 4}}, r), 1e-13));
}

TEST_CASE("pre-ranks: singular predictions", "[metrics]") {
  const Matrix settled = Matrix::Ones(3, 3);
  const Vector z{{0.5, 0.5, 0.5}};
  CHECK_THAT(test::error_of([&] { highest_density_pit(z, settled); }), test::contains("singular"));
  CHECK(!dependence_pit(z, settled));  // all residuals are equal in any draw
  CHECK(!dependence_pit(Vector::Zero(3), equicorrelated(3, 0.2)));
  CHECK(principal_component_pit(z, Vector::Ones(3), settled) == test::close(normal_cdf(0.5), 1e-12));
  // One number decides all three: the copula's transform is its distribution function.
  CHECK(std::abs(copula_pit(z, settled, 1000, Stream(2)) - normal_cdf(0.5)) < 4.5 * std::sqrt(0.25 / 1000));
  // Two of three are one.
  Matrix r = equicorrelated(3, 0.4);
  r(0, 1) = r(1, 0) = 1;
  const double pit = dependence_pit(Vector{{1, 1, -0.2}}, r).value();
  CHECK(pit > 0);
  CHECK(pit < 1);
}

}  // namespace
}  // namespace predcorr::metrics
