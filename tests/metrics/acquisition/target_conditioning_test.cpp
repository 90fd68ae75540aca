// SPDX-License-Identifier: Apache-2.0
#include "metrics/acquisition/target_conditioning.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::metrics {
namespace {

/// The gain of every pool point given `taken`, from the inverse of the joint covariance of y and f.
Vector gains_by_force(const JointPrediction& p, Index n_pool, const Rows& taken) {
  Matrix joint = p.latent.matrix();
  const Vector prior = joint.diagonal();
  for (Index q = 0; q < n_pool; ++q) joint(q, q) += p.noise_variance(q);
  Vector gain(n_pool);
  for (Index q = 0; q < n_pool; ++q) {
    const Rows s = joined(taken, {q});
    const Matrix left = joint - joint(Eigen::all, s) * Matrix(joint(s, s)).ldlt().solve(Matrix(joint(s, Eigen::all)));
    gain(q) = -0.5 * (left.diagonal().array() / prior.array()).tail(p.size() - n_pool).log().sum();
  }
  return gain;
}

TEST_CASE("target_conditioning: gains after several picks against brute force", "[metrics]") {
  for (const Index width : {3, 30}) {
    const JointPrediction p = test::random_prediction(18, width, 4);
    TargetConditioning state(p, 11);
    Rows taken;
    for (const Index next : {6, 0, 10, 3}) {
      const Vector gain = state.mean_marginal_information_gain(), wanted = gains_by_force(p, 11, taken);
      REQUIRE(gain.size() == 11);
      for (Index q = 0; q < 11; ++q) {
        CAPTURE(width, taken.size(), q);
        if (std::find(taken.begin(), taken.end(), q) != taken.end())
          CHECK(gain(q) == -std::numeric_limits<double>::infinity());
        else
          CHECK(gain(q) == test::close(wanted(q)));
      }
      state.condition_on(next);
      taken.push_back(next);
    }
  }
}

TEST_CASE("target_conditioning: the order of the picks does not matter", "[metrics]") {
  const JointPrediction p = test::random_prediction(18, 5, 4);
  TargetConditioning forth(p, 11), back(p, 11);
  for (const Index q : {1, 5, 8}) forth.condition_on(q);
  for (const Index q : {8, 5, 1}) back.condition_on(q);
  const Vector a = forth.mean_marginal_information_gain(), b = back.mean_marginal_information_gain();
  for (const Index q : {0, 2, 3, 4, 6, 7, 9, 10}) CHECK(a(q) == test::close(b(q)));
}

TEST_CASE("target_conditioning: targets without variance are left out", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 5, 4);
  Matrix latent = p.latent.matrix();
  latent.row(7).setZero();
  latent.col(7).setZero();
  const JointPrediction with{p.mean, Covariance::dense(latent), p.noise_variance};
  const JointPrediction without = p.subset(consecutive_rows(0, 7));
  const Vector a = TargetConditioning(with, 5).mean_marginal_information_gain();
  const Vector b = TargetConditioning(without, 5).mean_marginal_information_gain();
  for (Index q = 0; q < 5; ++q) CHECK(a(q) == test::close(b(q)));
}

TEST_CASE("target_conditioning: a target that a point determines has a large, finite gain", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 4);
  p = test::densified(p.subset({0, 1, 2, 0}));  // the target is pool point 0
  p.noise_variance.setZero();
  const Vector gain = TargetConditioning(p, 3).mean_marginal_information_gain();
  CHECK(std::isfinite(gain(0)));
  CHECK(gain(0) > 10);
  CHECK(gain(0) > gain(1));
}

TEST_CASE("target_conditioning: a point that is taken, outside or without variance is refused", "[metrics]") {
  JointPrediction p = test::random_prediction(8, 5, 4);
  TargetConditioning state(p, 5);
  state.condition_on(2);
  CHECK(test::error_of([&] { state.condition_on(2); }) ==
        "shape: conditioning: pool point 2 is outside 0..4 or taken already");
  CHECK(test::error_of([&] { state.condition_on(5); }) ==
        "shape: conditioning: pool point 5 is outside 0..4 or taken already");
  CHECK(test::error_of([&] { state.condition_on(-1); }) ==
        "shape: conditioning: pool point -1 is outside 0..4 or taken already");
  p.latent = Covariance::dense(Matrix::Zero(8, 8));
  p.noise_variance.setZero();
  TargetConditioning sure(p, 5);
  CHECK(test::error_of([&] { sure.condition_on(1); }) == "numerical: conditioning: pool point 1 has no variance left");
}

}  // namespace
}  // namespace predcorr::metrics
