// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("rmse: NumPy's values", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    CHECK(test::score("rmse", fixture.evaluation, p) == test::close(expected.at("rmse").get<double>()));
  });
}

TEST_CASE("rmse: the pool does not count", "[metrics]") {
  // Errors 3 and -4 on the test points: sqrt((9 + 16) / 2).
  JointPrediction p = test::random_prediction(3, 2, 1);
  p.mean = Vector{{100, 1, 2}};
  const EvaluationData evaluation{.y = Vector{{0, 4, -2}}, .n_pool = 1, .oracle = std::nullopt};
  CHECK(test::score("rmse", evaluation, p) == test::close(std::sqrt(12.5)));
}

TEST_CASE("rmse: covariances do not count", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1), q = test::random_prediction(6, 3, 2);
  q.mean = p.mean;
  const EvaluationData evaluation{.y = Vector::LinSpaced(6, 0, 1), .n_pool = 0, .oracle = std::nullopt};
  CHECK(test::score("rmse", evaluation, p) == test::score("rmse", evaluation, q));
}

TEST_CASE("rmse: follows the target's units and not its origin", "[metrics]") {
  const JointPrediction p = test::random_prediction(6, 2, 1);
  const Vector y = Vector::LinSpaced(6, 0, 1);
  const double base = test::score("rmse", {.y = y, .n_pool = 2, .oracle = std::nullopt}, p);
  const EvaluationData moved{.y = (y.array() * -20 + 3).matrix(), .n_pool = 2, .oracle = std::nullopt};
  CHECK(test::score("rmse", moved, p.affine(-20, 3)) == test::close(20 * base));
}

}  // namespace
}  // namespace predcorr
