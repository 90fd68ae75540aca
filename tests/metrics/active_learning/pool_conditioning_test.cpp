// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/pool_conditioning.hpp"

#include "tests/metrics/acquisition/brute_force.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::metrics {
namespace {

TEST_CASE("pool_conditioning: variances, columns and products after many picks", "[metrics]") {
  // More picks than columns are stored at a time.
  for (const auto& [form, p] : test::random_forms(26, 5, 3)) {
    INFO(form);
    PoolConditioning state(p, 22);
    Rows taken;
    for (Index next = 0; next < 20; next += 1) {
      const Matrix left = test::latent_given(p, taken).topLeftCorner(22, 22);
      CHECK(test::difference(state.latent_variance(), left.diagonal()) < 1e-10);
      const Vector ones = Vector::Ones(22);
      CHECK(test::difference(state.times(ones), left * ones) < 1e-9);
      const double variance = left(next, next) + p.noise_variance(next);
      CHECK(state.variance(next) == test::close(variance));
      CHECK(test::difference(state.condition_on(next), left.col(next) / std::sqrt(variance)) < 1e-9);
      taken.push_back(next);
      CHECK_FALSE(state.available(next));
    }
  }
}

TEST_CASE("pool_conditioning: given the targets, of full rank and not", "[metrics]") {
  for (const Index targets : {3, 30})
    for (const auto& [form, p] : test::random_forms(12 + targets, 7, 3)) {
      INFO(form << ", " << targets << " targets");
      PoolConditioning state = PoolConditioning::given_targets(p, 12);
      JointPrediction known = p;
      known.latent = Covariance::dense(test::latent_given_targets(p, 12));
      const double prior = p.latent.diagonal().maxCoeff();
      const double tolerance = (p.latent.stored_float_factor() != nullptr ? 1e-6 : 1e-8) * prior;
      Rows taken;
      for (const Index next : {4, 0, 9, 11}) {
        const Vector left = test::latent_given(known, taken).diagonal().head(12);
        CHECK((state.latent_variance() - left).cwiseAbs().maxCoeff() < tolerance);
        state.condition_on(next);
        taken.push_back(next);
      }
    }
}

TEST_CASE("pool_conditioning: a point that is taken, outside or without variance is refused", "[metrics]") {
  JointPrediction p = test::random_prediction(8, 5, 4);
  PoolConditioning state(p, 5);
  state.condition_on(2);
  CHECK(test::error_of([&] { state.condition_on(2); }) ==
        "shape: conditioning: pool point 2 is outside 0..4 or taken already");
  CHECK(test::error_of([&] { state.condition_on(5); }) ==
        "shape: conditioning: pool point 5 is outside 0..4 or taken already");
  p.latent = Covariance::dense(Matrix::Zero(8, 8));
  p.noise_variance.setZero();
  PoolConditioning sure(p, 5);
  CHECK(test::error_of([&] { sure.condition_on(1); }) == "numerical: conditioning: pool point 1 has no variance left");
}

}  // namespace
}  // namespace predcorr::metrics
