// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

TEST_CASE("max_determinant: against brute force", "[metrics]") {
  test::check_by_force("max_determinant", 1e-8, 1e-8, [](const JointPrediction& p, Index, const Rows& taken, Index q) {
    const Rows s = joined(taken, {q});
    const Vector noise = p.noise_variance(s);
    return 0.5 * (test::log_determinant(p.latent.matrix(), p, s) - noise.array().log().sum());
  });
}

TEST_CASE("max_determinant: begins as tig does, and does not take a twin", "[metrics]") {
  const JointPrediction p = test::random_prediction(30, 8, 3);
  const Selection batch = test::select("max_determinant", p, 20, 5), alone = test::select("tig", p, 20, 1);
  CHECK(batch.picks[0] == alone.picks[0]);
  CHECK(batch.gains[0] == test::close(alone.gains[0]));
  const Index best = alone.picks[0];
  const JointPrediction twins = p.subset(joined({best}, consecutive_rows(0, 30)));
  CHECK(test::select("tig", twins, 21, 2).picks == Rows{0, best + 1});
  CHECK(test::select("max_determinant", twins, 21, 2).picks[0] == 0);
  CHECK(test::select("max_determinant", twins, 21, 2).picks[1] != best + 1);
}

TEST_CASE("max_determinant: the targets do not matter", "[metrics]") {
  const JointPrediction p = test::random_prediction(30, 8, 3);
  const JointPrediction fewer = p.subset(consecutive_rows(0, 21));
  CHECK(test::select("max_determinant", p, 20, 7).gains == test::select("max_determinant", fewer, 20, 7).gains);
}

TEST_CASE("max_determinant: a pool point without noise is refused", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.noise_variance(3) = 0;
  CHECK(test::error_of([&] { test::select("max_determinant", p, 5, 2); }) ==
        "numerical: max_determinant: a pool point has no noise, its gain is infinite");
  CHECK(test::select("max_determinant", p, 3, 2).picks.size() == 2);
}

}  // namespace
}  // namespace predcorr
