// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const std::string kName = "marginal_log_likelihood";

TEST_CASE("marginal_log_likelihood: SciPy's values", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    CHECK(test::score(kName, fixture.evaluation, p) == test::close(expected.at(kName).get<double>()));
  });
}

TEST_CASE("marginal_log_likelihood: correlations do not count", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1), q = p;
  q.latent = Covariance::dense(p.latent.diagonal().asDiagonal());
  const EvaluationData evaluation{.y = Vector::LinSpaced(6, 0, 1), .n_pool = 2, .oracle = std::nullopt};
  CHECK(test::score(kName, evaluation, p) == test::close(test::score(kName, evaluation, q)));
}

TEST_CASE("marginal_log_likelihood: another unit shifts it by the unit's logarithm", "[metrics]") {
  const JointPrediction p = test::random_prediction(6, 2, 1);
  const Vector y = Vector::LinSpaced(6, 0, 1);
  const double base = test::score(kName, {.y = y, .n_pool = 2, .oracle = std::nullopt}, p);
  const EvaluationData moved{.y = (y.array() * 20 + 3).matrix(), .n_pool = 2, .oracle = std::nullopt};
  CHECK(test::score(kName, moved, p.affine(20, 3)) == test::close(base - std::log(20.0)));
}

TEST_CASE("marginal_log_likelihood: a test point without variance is a reason, a pool point is not", "[metrics]") {
  JointPrediction p = test::random_prediction(3, 2, 1);
  p.latent = Covariance::dense(Vector{{0, 1, 1}}.asDiagonal());
  p.noise_variance = Vector{{0, 0, 0}};
  const EvaluationData evaluation{.y = p.mean, .n_pool = 1, .oracle = std::nullopt};
  CHECK(test::score(kName, evaluation, p) == test::close(-0.5 * std::log(2 * std::numbers::pi)));
  const auto absent = test::scores(kName, {.y = p.mean, .n_pool = 0, .oracle = std::nullopt}, p);
  CHECK(!absent.at(0).value);
  CHECK(absent.at(0).reason == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
