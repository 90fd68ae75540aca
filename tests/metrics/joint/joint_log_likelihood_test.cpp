// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const std::string kName = "joint_log_likelihood";

TEST_CASE("joint_log_likelihood: NumPy's values", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    CHECK(test::score(kName, fixture.evaluation, p) == test::close(expected.at(kName).get<double>()));
  });
}

TEST_CASE("joint_log_likelihood: without correlations it is the marginal one", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.latent = Covariance::dense(p.latent.diagonal().asDiagonal());
  const EvaluationData evaluation{.y = Vector::LinSpaced(6, 0, 1), .n_pool = 2, .oracle = std::nullopt};
  CHECK(test::score(kName, evaluation, p) == test::close(test::score("marginal_log_likelihood", evaluation, p)));
}

TEST_CASE("joint_log_likelihood: two correlated points by hand", "[metrics]") {
  // C = [2 1; 1 2] with noise, residuals 1 and -1: r' C^-1 r = 2, |C| = 3.
  const JointPrediction p{Vector{{0, 0}}, Covariance::dense(Matrix{{1.5, 1}, {1, 1.25}}), Vector{{0.5, 0.75}}};
  const EvaluationData evaluation{.y = Vector{{1, -1}}, .n_pool = 0, .oracle = std::nullopt};
  const double log_density = -0.5 * (2 + std::log(3.0) + 2 * std::log(2 * std::numbers::pi));
  CHECK(test::score(kName, evaluation, p) == test::close(log_density / 2));
}

TEST_CASE("joint_log_likelihood: the order of the test points does not matter", "[metrics]") {
  const JointPrediction p = test::random_prediction(6, 2, 1);
  const Vector y = Vector::LinSpaced(6, 0, 1);
  const Rows order = {3, 5, 0, 1, 4, 2};
  CHECK(test::score(kName, {.y = y(order), .n_pool = 0, .oracle = std::nullopt}, p.subset(order)) ==
        test::close(test::score(kName, {.y = y, .n_pool = 0, .oracle = std::nullopt}, p)));
}

TEST_CASE("joint_log_likelihood: a singular covariance of y is a reason, not a number", "[metrics]") {
  JointPrediction p = test::random_prediction(4, 1, 1);
  p.noise_variance.setZero();
  for (const JointPrediction& form : {p, test::densified(p)}) {
    const auto absent = test::scores(kName, {.y = p.mean, .n_pool = 0, .oracle = std::nullopt}, form);
    CHECK(!absent.at(0).value);
    CHECK(absent.at(0).reason ==
          "the predicted covariance of y is singular: of 4 points some are settled by the others");
  }
}

}  // namespace
}  // namespace predcorr
