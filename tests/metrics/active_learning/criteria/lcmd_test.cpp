// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

/// Centres of points and all sums made anew for each pick; centre 0 is the origin.
Rows lcmd_by_force(const Matrix& c, Index n_pool, Index batch) {
  Rows picks;
  while (std::ssize(picks) < batch) {
    std::vector<double> size(picks.size() + 1, 0.0);
    Rows nearest;
    Vector distance(n_pool);
    for (Index i = 0; i < n_pool; ++i) {
      distance(i) = c(i, i);
      nearest.push_back(0);
      for (std::size_t k = 0; k < picks.size(); ++k) {
        const Index q = picks[k];
        const double squared = i == q ? 0 : c(i, i) + c(q, q) - 2 * c(i, q);
        if (squared < distance(i)) distance(i) = squared, nearest.back() = static_cast<Index>(k) + 1;
      }
      size[static_cast<std::size_t>(nearest.back())] += distance(i);
    }
    const Index largest = std::max_element(size.begin(), size.end()) - size.begin();
    Index pick = -1;
    for (Index i = 0; i < n_pool; ++i)
      if (nearest[static_cast<std::size_t>(i)] == largest && (pick < 0 || distance(i) > distance(pick))) pick = i;
    picks.push_back(pick);
  }
  return picks;
}

TEST_CASE("lcmd: against brute force", "[metrics]") {
  for (const Index width : {2, 15})
    for (std::uint64_t seed = 1; seed <= 4; ++seed)
      for (const auto& [form, p] : test::random_forms(35, width, seed)) {
        INFO(form << ", width " << width << ", seed " << seed);
        CHECK(test::select("lcmd", p, 30, 9).picks == lcmd_by_force(p.latent.matrix(), 30, 9));
      }
}

TEST_CASE("lcmd: many points near a pick outweigh one far away", "[metrics]") {
  // On a line, labelled points at 0. After 10 the six points at 8 are with it, 6 * 4 = 24 in all; -4.5 is alone with
  // the origin, 20.25, but farther.
  const Vector at{{10, 8, 8, 8, 8, 8, 8, -4.5, 0}};
  const JointPrediction p{Vector::Zero(9), Covariance::from_factor(RowMatrix(at)), Vector::Ones(9)};
  const Selection chosen = test::select("lcmd", p, 8, 3);
  CHECK(chosen.picks == Rows{0, 1, 7});
  CHECK(chosen.gains == std::vector<double>{-44.25, -20.25, 0});
  CHECK(test::select("core_set", p, 8, 2).picks == Rows{0, 7});
}

}  // namespace
}  // namespace predcorr
