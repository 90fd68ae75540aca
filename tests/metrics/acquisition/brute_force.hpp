// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/metrics/fixtures.hpp"

namespace predcorr::test {

/// Everything here is solved from scratch for each set of picks, in dense double.

/// C_ab less what a third set explains: C_ab - C_as (C_ss + noise)^-1 C_sb.
inline Matrix latent_given(const JointPrediction& p, const Rows& s) {
  const Matrix latent = p.latent.matrix();
  if (s.empty()) return latent;
  Matrix ss = latent(s, s);
  ss += Matrix(p.noise_variance(s).asDiagonal());
  const Matrix cross = latent(s, Eigen::all);
  return latent - cross.transpose() * ss.fullPivLu().solve(cross);
}

/// The covariance of f given f at the targets, by the pseudo-inverse: eigenvalues below 1e-9 of the largest count as 0.
inline Matrix latent_given_targets(const JointPrediction& p, Index n_pool) {
  const Matrix latent = p.latent.matrix();
  const Index targets = p.size() - n_pool;
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(Matrix(latent.bottomRightCorner(targets, targets)));
  const Vector values = solver.eigenvalues();
  Vector root = Vector::Zero(targets);
  for (Index i = 0; i < targets; ++i)
    if (values(i) > 1e-9 * values(targets - 1)) root(i) = 1 / std::sqrt(values(i));
  const Matrix whitened = root.asDiagonal() * (solver.eigenvectors().transpose() * latent.bottomRows(targets));
  return latent - whitened.transpose() * whitened;
}

/// log |C_ss + noise|.
inline double log_determinant(const Matrix& latent, const JointPrediction& p, const Rows& s) {
  Matrix ss = latent(s, s);
  ss += Matrix(p.noise_variance(s).asDiagonal());
  return std::log(ss.determinant());
}

inline bool has(const Rows& rows, Index row) { return std::find(rows.begin(), rows.end(), row) != rows.end(); }

/// Greedily the largest score(picks so far, candidate), ties to the lower position.
inline Selection greedy_by_force(Index n_pool, Index batch, const std::function<double(const Rows&, Index)>& score) {
  Selection chosen;
  for (Index k = 0; k < batch; ++k) {
    Index best = -1;
    double best_score = 0;
    for (Index q = 0; q < n_pool; ++q) {
      if (has(chosen.picks, q)) continue;
      const double now = score(chosen.picks, q);
      if (best < 0 || now > best_score) best = q, best_score = now;
    }
    chosen.picks.push_back(best);
    chosen.gains.push_back(best_score);
  }
  return chosen;
}

/// Factors in double and float, with an extra diagonal and without.
inline std::vector<std::pair<std::string, JointPrediction>> random_factors(Index n, Index width, std::uint64_t seed) {
  const JointPrediction p = random_prediction(n, width, seed);
  const RowMatrix factor = p.latent.factor_rows(0, n);
  Stream stream(seed + 1000);
  const Vector extra = Vector::NullaryExpr(n, [&] { return 0.1 + 0.5 * stream.uniform(); });
  JointPrediction split = p, floats = p, split_floats = p;
  split.latent = Covariance::from_factor(factor, extra);
  floats.latent = Covariance::from_factor(RowMatrixF(factor.cast<float>()));
  split_floats.latent = Covariance::from_factor(RowMatrixF(factor.cast<float>()), extra);
  return {{"factor", p},
          {"factor and diagonal", split},
          {"float factor", floats},
          {"float factor and diagonal", split_floats}};
}

/// The same, and the first two dense.
inline std::vector<std::pair<std::string, JointPrediction>> random_forms(Index n, Index width, std::uint64_t seed) {
  auto all = random_factors(n, width, seed);
  all.emplace_back("dense", densified(all[0].second));
  all.emplace_back("dense with diagonal", densified(all[1].second));
  return all;
}

/// The criterion's picks and gains on random predictions of all forms, widths and several seeds against brute force.
/// @param score (prediction, pool, picks so far, candidate)
inline void check_by_force(const std::string& criterion, double tolerance, double float_tolerance,
                           const std::function<double(const JointPrediction&, Index, const Rows&, Index)>& score) {
  constexpr Index pool = 12, targets = 7, batch = 5;
  for (const Index width : {3, 10, 30})
    for (std::uint64_t seed = 1; seed <= 3; ++seed)
      for (const auto& [form, p] : random_forms(pool + targets, width, seed)) {
        INFO(criterion << ", " << form << ", width " << width << ", seed " << seed);
        const Selection wanted =
            greedy_by_force(pool, batch, [&, &p = p](const Rows& taken, Index q) { return score(p, pool, taken, q); });
        const Selection chosen = select(criterion, p, pool, batch);
        CHECK(chosen.picks == wanted.picks);
        REQUIRE(chosen.gains.size() == wanted.gains.size());
        const double allowed = p.latent.stored_float_factor() != nullptr ? float_tolerance : tolerance;
        for (std::size_t k = 0; k < wanted.gains.size(); ++k) CHECK(chosen.gains[k] == close(wanted.gains[k], allowed));
      }
}

/// NumPy's picks and gains of tests/reference, in every form.
inline void check_fixture(const std::string& criterion) {
  for_every_prediction([&](const Fixture& fixture, const Json& expected, const JointPrediction& p) {
    const Json& wanted = expected.at("active_learning").at(criterion);
    const Selection chosen = select(criterion, p, fixture.evaluation.n_pool, fixture.json.at("batch").get<Index>());
    CHECK(chosen.picks == wanted.at("selected").get<Rows>());
    const Vector gains = vector(wanted.at("gain"));
    REQUIRE(std::ssize(chosen.gains) == gains.size());
    for (Index k = 0; k < gains.size(); ++k) CHECK(chosen.gains[static_cast<std::size_t>(k)] == close(gains(k)));
  });
}

}  // namespace predcorr::test
