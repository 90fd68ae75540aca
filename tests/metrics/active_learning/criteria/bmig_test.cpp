// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// -1/2 sum_t log(1 - rho^2(t; S)) with everything solved from scratch.
double gain_by_force(const JointPrediction& p, Index n_pool, const Rows& s) {
  const Matrix latent = p.latent.matrix();
  Matrix ss = latent(s, s);
  ss += Matrix(p.noise_variance(s).asDiagonal());
  double gain = 0;
  for (Index t = n_pool; t < p.size(); ++t) {
    const Vector st = latent(s, t);
    gain -= 0.5 * std::log(1 - st.dot(ss.ldlt().solve(st)) / latent(t, t));
  }
  return gain;
}

Selection greedy_by_force(const JointPrediction& p, Index n_pool, Index batch) {
  Selection chosen;
  for (Index k = 0; k < batch; ++k) {
    Index best = -1;
    double best_gain = 0;
    for (Index q = 0; q < n_pool; ++q) {
      if (std::find(chosen.picks.begin(), chosen.picks.end(), q) != chosen.picks.end()) continue;
      const double gain = gain_by_force(p, n_pool, joined(chosen.picks, {q}));
      if (best < 0 || gain > best_gain) best = q, best_gain = gain;
    }
    chosen.picks.push_back(best);
    chosen.gains.push_back(best_gain);
  }
  return chosen;
}

TEST_CASE("bmig: NumPy's picks and gains", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    const Json& wanted = expected.at("active_learning").at("bmig");
    const Selection chosen = test::select("bmig", p, fixture.evaluation.n_pool, fixture.json.at("batch").get<Index>());
    CHECK(chosen.picks == wanted.at("selected").get<Rows>());
    const Vector gains = test::vector(wanted.at("gain"));
    REQUIRE(std::ssize(chosen.gains) == gains.size());
    for (Index k = 0; k < gains.size(); ++k) CHECK(chosen.gains[static_cast<std::size_t>(k)] == test::close(gains(k)));
  });
}

TEST_CASE("bmig: against brute force, narrow and wide factors, dense and not", "[metrics]") {
  const Index width = GENERATE(2, 6, 40);
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const JointPrediction p = test::random_prediction(15 + 8, width, seed);
    const Selection wanted = greedy_by_force(p, 15, 6);
    for (const JointPrediction& form : {p, test::densified(p)}) {
      CAPTURE(width, seed, form.latent.is_factor());
      const Selection chosen = test::select("bmig", form, 15, 6);
      CHECK(chosen.picks == wanted.picks);
      REQUIRE(chosen.gains.size() == 6);
      for (std::size_t k = 0; k < 6; ++k) CHECK(chosen.gains[k] == test::close(wanted.gains[k]));
    }
  }
}

TEST_CASE("bmig: an extra diagonal of the factor is part of the function", "[metrics]") {
  JointPrediction p = test::random_prediction(20, 3, 7);
  p.latent = Covariance::from_factor(p.latent.factor_rows(0, 20), Vector::LinSpaced(20, 0.1, 0.6));
  const Selection wanted = greedy_by_force(p, 12, 5), chosen = test::select("bmig", p, 12, 5);
  CHECK(chosen.picks == wanted.picks);
  for (std::size_t k = 0; k < 5; ++k) CHECK(chosen.gains[k] == test::close(wanted.gains[k]));
}

TEST_CASE("bmig: gains never fall, and a twin is worth less than news", "[metrics]") {
  const JointPrediction p = test::random_prediction(30, 10, 2);
  const Selection all = test::select("bmig", p, 20, 20);
  for (std::size_t k = 1; k < 20; ++k) CHECK(all.gains[k] >= all.gains[k - 1]);
  // The best point a second time, with next to no noise: mig takes it twice, bmig does not.
  JointPrediction sharp = p;
  sharp.noise_variance.setConstant(1e-6);
  const Index best = test::select("bmig", sharp, 20, 1).picks[0];
  const JointPrediction twins = test::densified(sharp).subset(joined({best}, consecutive_rows(0, 30)));
  CHECK(test::select("mig", twins, 21, 2).picks == Rows{0, best + 1});
  CHECK(test::select("bmig", twins, 21, 2).picks[0] == 0);
  CHECK(test::select("bmig", twins, 21, 2).picks[1] != best + 1);
}

TEST_CASE("bmig: a pool without variance is refused", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.latent = Covariance::dense(Vector{{0, 0, 0, 0, 1, 1}}.asDiagonal());
  p.noise_variance.setZero();
  CHECK(test::error_of([&] { test::select("bmig", p, 4, 2); }) ==
        "numerical: bmig: no pool point is left with any variance after 0 picks");
}

}  // namespace
}  // namespace predcorr
