// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

TEST_CASE("ctl: against brute force", "[metrics]") {
  test::check_by_force("ctl", 1e-8, 1e-8, [](const JointPrediction& p, Index n_pool, const Rows& taken, Index q) {
    const Matrix left = test::latent_given(p, taken);
    double sum = 0;
    for (Index t = n_pool; t < p.size(); ++t)
      sum += left(q, t) / std::sqrt((left(q, q) + p.noise_variance(q)) * left(t, t));
    return sum;
  });
}

TEST_CASE("ctl: signs count", "[metrics]") {
  // Point 0 moves the targets against each other: 0.6 - 0.6; point 1 moves one of them, 0.3 / sqrt(1.2^2).
  Matrix latent = Matrix::Identity(4, 4);
  latent(2, 0) = 0.6;
  latent(3, 0) = -0.6;
  latent(2, 1) = 0.3;
  const JointPrediction p{Vector::Zero(4), Covariance::dense(latent), Vector::Constant(4, 0.44)};
  const Selection first = test::select("ctl", p, 2, 1);
  CHECK(first.picks == Rows{1});
  CHECK(first.gains[0] == test::close(0.25));
  CHECK(test::select("mig", p, 2, 1).picks == Rows{0});
}

TEST_CASE("ctl: a target that is known already counts no more", "[metrics]") {
  // The last target is pool point 0, which has no noise. It is picked first and then left out.
  JointPrediction p = test::random_prediction(8, 6, 4);
  p = test::densified(p.subset({0, 1, 2, 3, 0}));
  p.noise_variance(0) = 0;
  const Selection all = test::select("ctl", p, 4, 3);
  CHECK(all.picks[0] == 0);
  CHECK(all.gains == std::vector<double>{all.gains[0], 0, 0});
  CHECK(all.gains[0] == test::close(1));
}

}  // namespace
}  // namespace predcorr
