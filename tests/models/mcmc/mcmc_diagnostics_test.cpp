// SPDX-License-Identifier: Apache-2.0
#include "models/mcmc/mcmc_diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// Stationary x_t = rho x_(t-1) + noise of unit variance.
Matrix autoregressive(Index draws, Index chains, double rho, std::uint64_t seed) {
  Stream stream(seed);
  Matrix x(draws, chains);
  for (Index c = 0; c < chains; ++c) {
    x(0, c) = stream.normal();
    for (Index t = 1; t < draws; ++t) x(t, c) = rho * x(t - 1, c) + std::sqrt(1 - rho * rho) * stream.normal();
  }
  return x;
}

/// Both numbers by the formulas of Vehtari et al. 2021, half chain by half chain, in plain loops.
struct Plain {
  double r_hat, size;
};
Plain plain(const Matrix& draws) {
  std::vector<std::vector<double>> halves;
  const Index n = draws.rows() / 2;
  for (Index c = 0; c < draws.cols(); ++c)
    for (const Index first : {Index{0}, draws.rows() - n}) {
      halves.emplace_back();
      for (Index t = first; t < first + n; ++t) halves.back().push_back(draws(t, c));
    }
  const double m = static_cast<double>(halves.size()), count = static_cast<double>(n);
  std::vector<double> means, variances;
  for (const auto& h : halves) {
    double mean = 0, square = 0;
    for (const double x : h) mean += x / count;
    for (const double x : h) square += (x - mean) * (x - mean);
    means.push_back(mean);
    variances.push_back(square / (count - 1));
  }
  double centre = 0, b = 0, w = 0;
  for (const double x : means) centre += x / m;
  for (const double x : means) b += count / (m - 1) * (x - centre) * (x - centre);
  for (const double v : variances) w += v / m;
  const double plus = (count - 1) / count * w + b / count;
  const auto rho = [&](Index lag) {
    double product = 0;
    for (std::size_t h = 0; h < halves.size(); ++h)
      for (Index t = 0; t + lag < n; ++t)
        product += (halves[h][static_cast<std::size_t>(t)] - means[h]) *
                   (halves[h][static_cast<std::size_t>(t + lag)] - means[h]) / (m * count);
    return lag == 0 ? 1 : 1 - (w - product) / plus;
  };
  double tau = -1, before = 1e300;
  for (Index lag = 0; lag + 1 < n; lag += 2) {
    const double pair = rho(lag) + rho(lag + 1);
    if (pair <= 0) break;
    before = std::min(before, pair);
    tau += 2 * before;
  }
  return {std::sqrt(plus / w), m * count / tau};
}

TEST_CASE("mcmc diagnostics: both numbers as plain loops have them", "[models]") {
  const Matrix draws = autoregressive(41, 3, 0.7, 4);  // the middle draw of 41 is left out
  const Plain expected = plain(draws);
  CHECK(split_r_hat(draws) == Approx(expected.r_hat).epsilon(1e-12));
  CHECK(effective_sample_size(draws) == Approx(expected.size).epsilon(1e-12));
  CHECK(expected.size > 5);
  CHECK(expected.size < 100);
}

TEST_CASE("mcmc diagnostics: the effective size of an autoregression", "[models]") {
  // Exactly 16000 (1 - rho) / (1 + rho). A sum over k lags has a relative error of sqrt(2 (2 k + 1) / 16000) or less
  // (Geyer 1992): 3% at 0.5 (k about 6), 6% at 0.8 (k about 20); negative ones end at once.
  for (const auto& [rho, tolerance] : {std::pair{0.0, 0.06}, {0.5, 0.1}, {0.8, 0.18}, {-0.4, 0.1}}) {
    INFO("rho " << rho);
    const Matrix draws = autoregressive(4000, 4, rho, 8);
    CHECK(effective_sample_size(draws) == Approx(16000 * (1 - rho) / (1 + rho)).epsilon(tolerance));
    CHECK(split_r_hat(draws) < 1.02);
  }
}

TEST_CASE("mcmc diagnostics: chains apart by a known distance", "[models]") {
  // Every half is 1, -1, 1, -1, ...: variance within 10/9. Chains at +d and -d: half means vary by 4 d^2 / 3.
  Matrix draws(20, 2);
  for (Index t = 0; t < 20; ++t) draws.row(t).setConstant(t % 2 == 0 ? 1 : -1);
  CHECK(split_r_hat(draws) == 1);
  const double d = 1.5;
  draws.col(0).array() += d;
  draws.col(1).array() -= d;
  CHECK(split_r_hat(draws) == Approx(std::sqrt(0.9 + 4 * d * d / 3 * 0.9)).epsilon(1e-12));
  // One chain that moves half-way is seen as well: half means d, d, 0, 0 about d / 2.
  Matrix drift = autoregressive(2000, 1, 0, 3);
  CHECK(split_r_hat(drift) < 1.01);
  drift.col(0).head(1000).array() += 4;
  CHECK(split_r_hat(drift) > 2);
}

TEST_CASE("mcmc diagnostics: chains that do not mix count as few draws", "[models]") {
  Matrix draws = autoregressive(500, 4, 0, 3);
  CHECK(effective_sample_size(draws) > 1500);
  for (Index c = 0; c < 4; ++c) draws.col(c).array() += 10 * static_cast<double>(c);
  CHECK(effective_sample_size(draws) < 8);
}

TEST_CASE("mcmc diagnostics: draws that alternate count for more than they are, within bounds", "[models]") {
  Matrix draws(100, 2);
  for (Index t = 0; t < 100; ++t) draws.row(t).setConstant(t % 2 == 0 ? 1 : -1);
  CHECK(effective_sample_size(draws) == Approx(200 * std::log10(200)));
}

TEST_CASE("mcmc diagnostics: rank-normalised R-hat and bulk size are ArviZ's", "[models]") {
  const Json& cases = test::reference("mcmc_reference.json").at("diagnostics");
  REQUIRE(cases.size() == 6);
  for (const Json& c : cases) {
    INFO(c.at("name"));
    const Matrix draws = test::matrix(c.at("draws"));
    CHECK(rank_normalised_r_hat(draws) == test::close(std::max(1.0, c.at("r_hat").get<double>()), 1e-9));
    // ArviZ ends the sum over lags a lag later.
    CHECK(bulk_effective_sample_size(draws) == Approx(c.at("ess").get<double>()).epsilon(0.2));
  }
}

TEST_CASE("mcmc diagnostics: chains that differ in spread alone are seen by ranks", "[models]") {
  Stream stream(5);
  Matrix draws = stream.normals(400).reshaped(100, 4);
  draws.col(3) *= 5;
  CHECK(split_r_hat(draws) < 1.05);
  CHECK(rank_normalised_r_hat(draws) > 1.1);
  // No variance, no matter: ranks do not change under a monotone map.
  const Matrix positive = autoregressive(80, 3, 0.3, 2), stretched = (20 * positive.array()).exp();
  CHECK(bulk_effective_sample_size(stretched) == Approx(bulk_effective_sample_size(positive)).epsilon(1e-12));
}

TEST_CASE("mcmc diagnostics: drift is the way from the first third to the last", "[models]") {
  // 0, 1, ..., 8: thirds' means 1 and 7, variance (81 - 1) / 12.
  const Vector line = Vector::LinSpaced(9, 0, 8);
  CHECK(drift(line) == Approx(6 / std::sqrt(80.0 / 12)).epsilon(1e-12));
  Matrix two(9, 2);
  two << line, -line;  // opposite ways cancel: that is R-hat's to see
  CHECK(drift(two) == 0);
  CHECK(std::abs(drift(autoregressive(3000, 4, 0, 7))) < 0.1);
  CHECK(drift(Matrix::Constant(9, 2, 3)) == 0);
  CHECK(drift(Vector::LinSpaced(2, 0, 1)) == 0);
}

TEST_CASE("mcmc diagnostics: neither shift nor scale matters", "[models]") {
  const Matrix draws = autoregressive(50, 2, 0.4, 6), other = (-3 * draws).array() + 7;
  CHECK(split_r_hat(other) == Approx(split_r_hat(draws)).epsilon(1e-10));
  CHECK(effective_sample_size(other) == Approx(effective_sample_size(draws)).epsilon(1e-10));
}

TEST_CASE("mcmc diagnostics: few draws, and draws that stand still", "[models]") {
  const Matrix few = autoregressive(3, 5, 0, 1);
  CHECK(split_r_hat(few) == 1);
  CHECK(rank_normalised_r_hat(few) == 1);
  CHECK(bulk_effective_sample_size(few) == 5);
  CHECK(effective_sample_size(few) == 5);
  Matrix still = Matrix::Constant(30, 3, 2.5);
  CHECK(split_r_hat(still) == 1);
  CHECK(effective_sample_size(still) == 3);
  CHECK(rank_normalised_r_hat(still) == 1);
  CHECK(bulk_effective_sample_size(still) == 3);
  still.col(1).setConstant(2.75);
  CHECK(split_r_hat(still) == kLargestRHat);
  CHECK(rank_normalised_r_hat(still) == kLargestRHat);
  // All correlations are 1: 6 halves of 15 draws, tau = 2 * 14 - 1 as the last of the 15 lags has no partner.
  CHECK(effective_sample_size(still) == Approx(90.0 / 27));
}

}  // namespace
}  // namespace predcorr::models
