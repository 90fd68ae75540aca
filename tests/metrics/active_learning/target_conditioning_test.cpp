// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/target_conditioning.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/metrics/acquisition/brute_force.hpp"

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
      const Vector gain = state.scores(TargetScore::information), wanted = gains_by_force(p, 11, taken);
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

double score_by_force(TargetScore kind, const JointPrediction& p, Index n_pool, const Rows& taken, Index q) {
  const Matrix before = test::latent_given(p, taken), after = test::latent_given(p, joined(taken, {q}));
  double sum = 0;
  for (Index t = n_pool; t < p.size(); ++t) {
    if (kind == TargetScore::variance) sum -= after(t, t);
    if (kind == TargetScore::information) sum -= 0.5 * std::log(after(t, t) / p.latent.diagonal()(t));
    if (kind == TargetScore::correlation)
      sum += before(q, t) / std::sqrt((before(q, q) + p.noise_variance(q)) * before(t, t));
  }
  return sum;
}

TEST_CASE("target_conditioning: all scores of all forms, entries stored or made anew, against brute force",
          "[metrics]") {
  // In float an entry is off by some 1e-7 of the deviations; sums over 8 targets, of either sign, by less than 1e-5.
  constexpr Index pool = 70, every = 23;  // more than a block
  for (const Index width : {4, 20})
    for (const auto& [form, p] : test::random_forms(pool + 8, width, 4))
      for (const Index stored : {Index{0}, TargetConditioning::kStored}) {
        const double tolerance = p.latent.stored_float_factor() != nullptr && stored == 0 ? 1e-4 : 1e-9;
        TargetConditioning state(p, pool, stored);
        Rows taken;
        for (const Index next : {6, 69, 33}) {
          for (const TargetScore kind : {TargetScore::information, TargetScore::variance, TargetScore::correlation}) {
            const Vector scores = state.scores(kind);
            REQUIRE(scores.size() == pool);
            for (const Index q : taken) CHECK(scores(q) == -std::numeric_limits<double>::infinity());
            for (Index q = 0; q < pool; q += every) {
              if (test::has(taken, q)) continue;
              CAPTURE(form, width, stored, taken.size(), q, static_cast<int>(kind));
              CHECK(scores(q) == Approx(score_by_force(kind, p, pool, taken, q)).epsilon(tolerance).margin(tolerance));
            }
          }
          state.condition_on(next);
          taken.push_back(next);
        }
      }
}

TEST_CASE("target_conditioning: the factor's way is the stored one", "[metrics]") {
  for (const auto& [form, p] : test::random_forms(140, 12, 8)) {
    if (!p.latent.is_factor()) continue;
    INFO(form);
    const double tolerance = p.latent.stored_float_factor() != nullptr ? 1e-4 : 1e-9;
    TargetConditioning kept(p, 100), made(p, 100, 0);
    for (Index k = 0; k < 12; ++k) {  // two picks between passes
      const Vector a = kept.scores(TargetScore::information), b = made.scores(TargetScore::information);
      for (Index q = 2 * k; q < 100; ++q) CHECK(b(q) == test::close(a(q), tolerance));
      for (const Index q : {2 * k, 2 * k + 1}) {
        kept.condition_on(q);
        made.condition_on(q);
      }
    }
    for (const TargetScore kind : {TargetScore::variance, TargetScore::correlation}) {  // first asked for after picks
      const Vector a = kept.scores(kind), b = made.scores(kind);
      for (Index q = 24; q < 100; ++q) CHECK(b(q) == Approx(a(q)).epsilon(1e-9).margin(1e-9));
    }
  }
}

TEST_CASE("target_conditioning: a target that is known correlates with nothing", "[metrics]") {
  JointPrediction p = test::random_prediction(8, 6, 4);
  p = test::densified(p.subset({0, 1, 2, 0, 5}));
  p.noise_variance.setZero();
  TargetConditioning both(p, 3), one(p.subset({0, 1, 2, 4}), 3);
  both.condition_on(0);
  one.condition_on(0);
  const Vector a = both.scores(TargetScore::correlation), b = one.scores(TargetScore::correlation);
  for (const Index q : {1, 2}) CHECK(a(q) == test::close(b(q)));
}

TEST_CASE("target_conditioning: the order of the picks does not matter", "[metrics]") {
  const JointPrediction p = test::random_prediction(18, 5, 4);
  TargetConditioning forth(p, 11), back(p, 11);
  for (const Index q : {1, 5, 8}) forth.condition_on(q);
  for (const Index q : {8, 5, 1}) back.condition_on(q);
  const Vector a = forth.scores(TargetScore::information), b = back.scores(TargetScore::information);
  for (const Index q : {0, 2, 3, 4, 6, 7, 9, 10}) CHECK(a(q) == test::close(b(q)));
}

TEST_CASE("target_conditioning: targets without variance are left out", "[metrics]") {
  const JointPrediction p = test::random_prediction(8, 5, 4);
  Matrix latent = p.latent.matrix();
  latent.row(7).setZero();
  latent.col(7).setZero();
  const JointPrediction with{p.mean, Covariance::dense(latent), p.noise_variance};
  const JointPrediction without = p.subset(consecutive_rows(0, 7));
  const Vector a = TargetConditioning(with, 5).scores(TargetScore::information);
  const Vector b = TargetConditioning(without, 5).scores(TargetScore::information);
  for (Index q = 0; q < 5; ++q) CHECK(a(q) == test::close(b(q)));
}

TEST_CASE("target_conditioning: a target that a point determines has a large, finite gain", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 4);
  p = test::densified(p.subset({0, 1, 2, 0}));  // the target is pool point 0
  p.noise_variance.setZero();
  const Vector gain = TargetConditioning(p, 3).scores(TargetScore::information);
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
