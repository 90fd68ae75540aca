// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/inverse_gamma.hpp"

#include <algorithm>
#include <cmath>

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("inverse gamma: draws of a gamma have SciPy's quantiles", "[models]") {
  constexpr int kDraws = 20000;
  for (const Json& c : test::reference("mcmc_reference.json").at("gamma")) {
    const double shape = c.at("shape");
    INFO("shape " << shape);
    Stream stream(3);
    std::vector<double> draws;
    for (int i = 0; i < kDraws; ++i) draws.push_back(gamma_draw(shape, stream));
    for (std::size_t q = 0; q < c.at("levels").size(); ++q) {
      const double level = c.at("levels")[q], quantile = c.at("quantiles")[q];
      const auto below = std::count_if(draws.begin(), draws.end(), [&](double x) { return x <= quantile; });
      // A share of independent draws, four standard errors.
      CHECK(static_cast<double>(below) / kDraws == Approx(level).margin(4 * std::sqrt(level * (1 - level) / kDraws)));
    }
  }
}

TEST_CASE("inverse gamma: conjugate to the variance of normal values", "[models]") {
  const InverseGamma prior{1.5, 2}, posterior = prior.given(3, 9);
  CHECK(posterior.shape == 3);
  CHECK(posterior.scale == 6.5);
  // Bayes' rule: log posterior - log prior of log v is the log likelihood, up to a constant.
  const auto gain = [&](double v) { return posterior.log_density_of_log(v) - prior.log_density_of_log(v); };
  const auto likelihood = [](double v) { return -1.5 * std::log(v) - 9 / (2 * v); };
  CHECK(gain(0.7) - gain(3) == Approx(likelihood(0.7) - likelihood(3)).epsilon(1e-12));
  // The mode of log v, and the mean of v: scale / (shape - 1).
  const double mode = posterior.log_mode();
  CHECK(mode == Approx(6.5 / 3));
  CHECK(posterior.log_density_of_log(mode) > posterior.log_density_of_log(1.001 * mode));
  CHECK(posterior.log_density_of_log(mode) > posterior.log_density_of_log(0.999 * mode));
  CHECK(InverseGamma{}.given(4, 10).log_mode() == 2.5);
  Stream stream(8);
  double mean = 0;
  for (int i = 0; i < 20000; ++i) mean += posterior.draw(stream) / 20000;
  CHECK(mean == Approx(3.25).epsilon(0.03));  // standard deviation as large as the mean: 0.7%
}

}  // namespace
}  // namespace predcorr::models
