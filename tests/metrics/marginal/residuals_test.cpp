// SPDX-License-Identifier: Apache-2.0
#include "metrics/marginal/residuals.hpp"

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

using metrics::Histogram;

TEST_CASE("residuals: the test points' own distributions, in any covariance form", "[metrics]") {
  const JointPrediction p = test::random_prediction(5, 2, 1);
  const EvaluationData evaluation{.y = Vector{{9, 9, 1, 2, 3}}, .n_pool = 2, .oracle = std::nullopt};
  for (const JointPrediction& form : {p, test::densified(p)}) {
    const metrics::Marginals m = metrics::test_marginals(evaluation, form);
    REQUIRE(m.size() == 3);
    const Matrix covariance = p.latent.matrix();
    const Vector r = m.standardised_residuals();
    for (Index i = 0; i < 3; ++i) {
      const double sigma = std::sqrt(covariance(i + 2, i + 2) + p.noise_variance(i + 2));
      CHECK(m.sigma(i) == test::close(sigma, 1e-12));
      CHECK(r(i) == test::close((static_cast<double>(i + 1) - p.mean(i + 2)) / sigma, 1e-12));
    }
  }
}

TEST_CASE("residuals: a sigma of 0 and a ratio that overflows are errors", "[metrics]") {
  const metrics::Marginals zero{Vector{{1, 2}}, Vector{{1, 2}}, Vector{{1, 0}}};
  CHECK(test::error_of([&] { zero.standardised_residuals(); }) == "numerical: a predicted variance of y is 0");
  const metrics::Marginals tiny{Vector{{1e10, 2}}, Vector{{1, 2}}, Vector{{1e-305, 1}}};
  CHECK_THAT(test::error_of([&] { tiny.standardised_residuals(); }), test::contains("too large beside"));
}

TEST_CASE("residuals: the normal distribution, also in its lower tail", "[metrics]") {
  // Abramowitz & Stegun, tables 26.1 and 26.2.
  CHECK(metrics::normal_cdf(0) == 0.5);
  CHECK(metrics::normal_cdf(1) == test::close(0.841344746068543, 1e-14));
  CHECK(metrics::normal_cdf(-1) == test::close(0.158655253931457, 1e-14));
  CHECK(metrics::normal_cdf(-5) == test::close(2.866515718791939e-7, 1e-12));
  CHECK(metrics::normal_density(0) == test::close(0.398942280401433, 1e-14));
  CHECK(metrics::normal_density(-2) == test::close(0.053990966513188, 1e-12));
}

TEST_CASE("residuals: a histogram puts every value into one bin", "[metrics]") {
  // -1.1 and 1.01 are outside; 0.5 is an edge and belongs above, 1 to the last bin.
  const Histogram h(Vector{{-1.1, -1, -0.2, 0.5, 0.6, 1, 1.01}}, -1, 1, 4);
  CHECK(h.edges == Vector{{-1, -0.5, 0, 0.5, 1}});
  CHECK(h.counts == Vector{{1, 1, 0, 3}});
  CHECK(h.density(7).isApprox(Vector{{1, 1, 0, 3}} / 3.5, 1e-14));
}

}  // namespace
}  // namespace predcorr
