// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("tig: NumPy's picks and gains", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    const Json& learning = expected.at("active_learning");
    const Index n_pool = fixture.evaluation.n_pool;
    CHECK(test::select("tig", p, n_pool, fixture.json.at("batch").get<Index>()).picks ==
          learning.at("tig_selected").get<Rows>());
    const Selection all = test::select("tig", p, n_pool, n_pool);
    const Vector gains = test::vector(learning.at("tig_scores"));
    for (std::size_t k = 0; k < all.picks.size(); ++k) CHECK(all.gains[k] == test::close(gains(all.picks[k])));
  });
}

TEST_CASE("tig: by hand", "[metrics]") {
  // Signal over noise 3, 1 and 8: log(4) / 2, log(2) / 2, log(9) / 2.
  const JointPrediction p{Vector::Zero(4), Covariance::dense(Vector{{3, 5, 4, 1}}.asDiagonal()),
                          Vector{{1, 5, 0.5, 0}}};
  const Selection all = test::select("tig", p, 3, 3);
  CHECK(all.picks == Rows{2, 0, 1});
  CHECK(all.gains[0] == test::close(std::log(3.0)));
  CHECK(all.gains[1] == test::close(std::log(2.0)));
  CHECK(all.gains[2] == test::close(0.5 * std::log(2.0)));
}

TEST_CASE("tig: a pool point without noise is refused, a target without noise is not", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.noise_variance(5) = 0;
  CHECK(test::select("tig", p, 5, 2).picks.size() == 2);
  p.noise_variance(3) = 0;
  CHECK(test::error_of([&] { test::select("tig", p, 5, 2); }) ==
        "numerical: tig: a pool point has no noise, its gain is infinite");
}

}  // namespace
}  // namespace predcorr
