// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

TEST_CASE("itl: NumPy's picks and gains", "[metrics]") { test::check_fixture("itl"); }

TEST_CASE("itl: against brute force, targets' covariances of full rank and singular", "[metrics]") {
  // The rule for singular ones moves gains by some 1e-10 over the noise, of at least 0.05 here. What is left of a float
  // factor given the targets is a float factor.
  test::check_by_force("itl", 1e-8, 1e-5, [](const JointPrediction& p, Index n_pool, const Rows& taken, Index q) {
    const Rows s = joined(taken, {q});
    const Matrix known = test::latent_given_targets(p, n_pool);
    return 0.5 * (test::log_determinant(p.latent.matrix(), p, s) - test::log_determinant(known, p, s));
  });
}

TEST_CASE("itl: a single target is learned as bmig does", "[metrics]") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const JointPrediction p = test::random_prediction(21, 6, seed);
    const Selection joint = test::select("itl", p, 20, 6), marginal = test::select("bmig", p, 20, 6);
    CHECK(joint.picks == marginal.picks);
    for (std::size_t k = 0; k < 6; ++k) CHECK(joint.gains[k] == test::close(marginal.gains[k]));
  }
}

TEST_CASE("itl: targets that determine f leave max_determinant's choice", "[metrics]") {
  for (const auto& [form, p] : test::random_forms(60, 5, 2)) {
    if (p.latent.extra_diagonal().size() > 0 || form == "dense with diagonal") continue;
    INFO(form);
    const Selection joint = test::select("itl", p, 30, 8), all = test::select("max_determinant", p, 30, 8);
    CHECK(joint.picks == all.picks);
    for (std::size_t k = 0; k < 8; ++k) CHECK(joint.gains[k] == test::close(all.gains[k], 1e-6));
  }
}

TEST_CASE("itl: members whose mean is subtracted, and targets that repeat", "[metrics]") {
  // A factor whose columns sum to 0 has rank width - 1; every target stands there twice.
  const Index width = 6;
  JointPrediction p = test::random_prediction(30, width, 5);
  RowMatrix factor = p.latent.factor_rows(0, 30);
  factor.colwise() -= Vector(factor.rowwise().mean());
  factor.bottomRows(5) = factor.middleRows(20, 5).eval();
  for (const Vector& extra : {Vector(), Vector(Vector::Constant(30, 0.2))}) {
    p.latent = Covariance::from_factor(factor, extra);
    const Matrix known = test::latent_given_targets(p, 20);
    const Selection wanted = test::greedy_by_force(20, 6, [&](const Rows& taken, Index q) {
      const Rows s = joined(taken, {q});
      return 0.5 * (test::log_determinant(p.latent.matrix(), p, s) - test::log_determinant(known, p, s));
    });
    for (const JointPrediction& form : {p, test::densified(p)}) {
      const Selection chosen = test::select("itl", form, 20, 6);
      CHECK(chosen.picks == wanted.picks);
      for (std::size_t k = 0; k < 6; ++k) CHECK(chosen.gains[k] == test::close(wanted.gains[k], 1e-7));
    }
  }
}

TEST_CASE("itl: targets without variance tell nothing", "[metrics]") {
  JointPrediction p = test::random_prediction(14, 4, 3);
  RowMatrix factor = p.latent.factor_rows(0, 14);
  factor.row(12).setZero();
  factor.row(13).setZero();
  p.latent = Covariance::from_factor(factor);
  const JointPrediction fewer = p.subset(consecutive_rows(0, 12));
  const Selection with = test::select("itl", p, 8, 4), without = test::select("itl", fewer, 8, 4);
  CHECK(with.picks == without.picks);
  for (std::size_t k = 0; k < 4; ++k) CHECK(with.gains[k] == test::close(without.gains[k]));
  factor.bottomRows(6).setZero();
  p.latent = Covariance::from_factor(factor);
  const Selection nothing = test::select("itl", p, 8, 3);
  CHECK(nothing.picks == Rows{0, 1, 2});
  CHECK(nothing.gains == std::vector<double>(3, 0.0));
}

TEST_CASE("itl: targets of which rounding is left tell nothing", "[metrics]") {
  // Variances of 1e-17 with a covariance of 3e-17: as correlations they would be no covariance matrix at all.
  const JointPrediction p = test::random_prediction(14, 9, 3);
  Matrix latent = p.latent.matrix();
  latent.bottomRows(2).setZero();
  latent.rightCols(2).setZero();
  latent(12, 12) = latent(13, 13) = 1e-17;
  latent(13, 12) = 3e-17;
  const JointPrediction with{p.mean, Covariance::dense(latent), p.noise_variance};
  const Selection chosen = test::select("itl", with, 8, 4);
  const Selection wanted = test::select("itl", p.subset(consecutive_rows(0, 12)), 8, 4);
  CHECK(chosen.picks == wanted.picks);
  for (std::size_t k = 0; k < 4; ++k) CHECK(chosen.gains[k] == test::close(wanted.gains[k]));
}

TEST_CASE("itl: a pool point without noise that a target determines has a large, finite gain", "[metrics]") {
  JointPrediction p = test::random_prediction(8, 3, 4);
  p = test::densified(p.subset({0, 1, 2, 3, 0, 4}));
  p.noise_variance.setZero();
  const Selection first = test::select("itl", p, 4, 1);
  CHECK(first.picks == Rows{0});
  CHECK(first.gains[0] > 10);
  CHECK(first.gains[0] < 17);
}

}  // namespace
}  // namespace predcorr
