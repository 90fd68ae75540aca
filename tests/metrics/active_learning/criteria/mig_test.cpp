// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("mig: NumPy's picks and gains", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    const Json& learning = expected.at("active_learning");
    const Index n_pool = fixture.evaluation.n_pool;
    CHECK(test::select("mig", p, n_pool, fixture.json.at("batch").get<Index>()).picks ==
          learning.at("mig_selected").get<Rows>());
    const Selection all = test::select("mig", p, n_pool, n_pool);
    const Vector gains = test::vector(learning.at("mig_scores"));
    for (std::size_t k = 0; k < all.picks.size(); ++k) CHECK(all.gains[k] == test::close(gains(all.picks[k])));
  });
}

TEST_CASE("mig: one pool point and one target by hand", "[metrics]") {
  // cov 0.6, var y = 0.8 + 0.2, var f = 0.9: rho^2 = 0.36 / 0.9 = 0.4. The target's own noise plays no part.
  const JointPrediction p{Vector::Zero(2), Covariance::dense(Matrix{{0.8, 0.6}, {0.6, 0.9}}), Vector{{0.2, 5}}};
  CHECK(test::select("mig", p, 1, 1).gains[0] == test::close(-0.5 * std::log(0.6)));
}

TEST_CASE("mig: the first pick of bmig, with the same gain", "[metrics]") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const JointPrediction p = test::random_prediction(30, 6, seed);
    const Selection alone = test::select("mig", p, 20, 1), greedy = test::select("bmig", p, 20, 4);
    CHECK(alone.picks[0] == greedy.picks[0]);
    CHECK(alone.gains[0] == test::close(greedy.gains[0]));
  }
}

TEST_CASE("mig: twins in the pool are both taken, the lower first", "[metrics]") {
  const JointPrediction p = test::random_prediction(12, 4, 1);
  const Index best = test::select("mig", p, 8, 1).picks[0];
  Rows rows = {best};
  for (Index i = 0; i < 12; ++i) rows.push_back(i);  // the best point twice: first, and one after its old place
  CHECK(test::select("mig", test::densified(p.subset(rows)), 9, 2).picks == Rows{0, best + 1});
}

TEST_CASE("mig: points without any variance are refused, as by the greedy criteria", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 3, 1);
  p.noise_variance.setZero();
  RowMatrix factor = p.latent.factor_rows(0, 6);
  factor.row(1).setZero();
  factor.row(3).setZero();
  p.latent = Covariance::from_factor(factor);
  CHECK(test::select("mig", p, 4, 2).picks.size() == 2);
  for (const char* name : {"mig", "bmig"})
    CHECK(test::error_of([&] { test::select(name, p, 4, 3); }) ==
          fmt::format("numerical: {}: no pool point is left with any variance after 2 picks", name));
}

TEST_CASE("mig: a pool that knows nothing gains nothing", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.latent = Covariance::dense(Matrix::Identity(6, 6));
  const Selection all = test::select("mig", p, 4, 4);
  CHECK(all.picks == Rows{0, 1, 2, 3});
  for (const double gain : all.gains) CHECK(gain == test::close(0));
}

}  // namespace
}  // namespace predcorr
