// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

TEST_CASE("bait: against brute force", "[metrics]") {
  test::check_by_force("bait", 1e-8, 1e-8, [](const JointPrediction& p, Index n_pool, const Rows& taken, Index q) {
    return -test::latent_given(p, joined(taken, {q})).diagonal().head(n_pool).sum();
  });
}

TEST_CASE("bait: two points by hand", "[metrics]") {
  // Point 0: (2^2 + 1^2) / 2.5 = 2 of 5 removed; point 1: (3^2 + 1^2) / 4 = 2.5.
  Matrix latent = Matrix::Identity(3, 3);
  latent(0, 0) = 2;
  latent(1, 0) = 1;
  latent(1, 1) = 3;
  const JointPrediction p{Vector::Zero(3), Covariance::dense(latent), Vector{{0.5, 1, 1}}};
  const Selection first = test::select("bait", p, 2, 1);
  CHECK(first.picks == Rows{1});
  CHECK(first.gains[0] == test::close(-2.5));
}

TEST_CASE("bait: vtl where the pool is the targets as well", "[metrics]") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const JointPrediction p = test::random_prediction(15, 6, seed);
    const JointPrediction twice = p.subset(joined(consecutive_rows(0, 15), consecutive_rows(0, 15)));
    const Selection pool = test::select("bait", twice, 15, 6), targets = test::select("vtl", twice, 15, 6);
    CHECK(pool.picks == targets.picks);
    for (std::size_t k = 0; k < 6; ++k) CHECK(pool.gains[k] == test::close(targets.gains[k]));
  }
}

TEST_CASE("bait: sums kept over a long batch stay those made anew", "[metrics]") {
  // 60 picks from 80 points of rank 6 leave a thousandth of the variance.
  const JointPrediction p = test::random_prediction(85, 6, 9);
  for (const JointPrediction& form : {p, test::densified(p)}) {
    const Selection all = test::select("bait", form, 80, 60);
    CHECK(all.gains.back() == test::close(-test::latent_given(p, all.picks).diagonal().head(80).sum()));
    for (std::size_t k = 1; k < 60; ++k) CHECK(all.gains[k] >= all.gains[k - 1]);
  }
}

TEST_CASE("bait: a pool without variance is refused", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.latent = Covariance::dense(Vector{{0, 0, 0, 0, 1, 1}}.asDiagonal());
  p.noise_variance.setZero();
  CHECK(test::error_of([&] { test::select("bait", p, 4, 2); }) ==
        "numerical: bait: no pool point is left with any variance after 0 picks");
}

}  // namespace
}  // namespace predcorr
