// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

TEST_CASE("vtl: NumPy's picks and gains", "[metrics]") { test::check_fixture("vtl"); }

TEST_CASE("vtl: against brute force", "[metrics]") {
  test::check_by_force("vtl", 1e-8, 1e-8, [](const JointPrediction& p, Index n_pool, const Rows& taken, Index q) {
    return -test::latent_given(p, joined(taken, {q})).diagonal().tail(p.size() - n_pool).sum();
  });
}

TEST_CASE("vtl: two targets by hand", "[metrics]") {
  // Point 0 explains 0.5^2 / 1 of the first target, point 1 0.8^2 / 2 of the second: 0.25 and 0.32 of 1 + 3.
  Matrix latent = Vector{{0.9, 1.5, 1, 3}}.asDiagonal();
  latent(2, 0) = 0.5;
  latent(3, 1) = 0.8;
  const JointPrediction p{Vector::Zero(4), Covariance::dense(latent), Vector{{0.1, 0.5, 7, 7}}};
  const Selection both = test::select("vtl", p, 2, 2);
  CHECK(both.picks == Rows{1, 0});
  CHECK(both.gains[0] == test::close(-3.68));
  CHECK(both.gains[1] == test::close(-3.43));
}

TEST_CASE("vtl: a single target is learned as bmig does", "[metrics]") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const JointPrediction p = test::random_prediction(21, 6, seed);
    CHECK(test::select("vtl", p, 20, 6).picks == test::select("bmig", p, 20, 6).picks);
  }
}

}  // namespace
}  // namespace predcorr
