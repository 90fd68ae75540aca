// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

double squared_distance(const Matrix& c, const Rows& centres, Index i) {
  double least = c(i, i);
  for (const Index q : centres) least = std::min(least, i == q ? 0 : c(i, i) + c(q, q) - 2 * c(i, q));
  return least;
}

TEST_CASE("core_set: against brute force", "[metrics]") {
  for (const Index width : {3, 20})
    for (std::uint64_t seed = 1; seed <= 4; ++seed)
      for (const auto& [form, p] : test::random_forms(25, width, seed)) {
        INFO(form << ", width " << width << ", seed " << seed);
        const Matrix c = p.latent.matrix();
        const Selection wanted =
            test::greedy_by_force(20, 7, [&](const Rows& taken, Index q) { return squared_distance(c, taken, q); });
        const Selection chosen = test::select("core_set", p, 20, 7);
        CHECK(chosen.picks == wanted.picks);
        // What the next pick is away is what is left after this one.
        for (std::size_t k = 0; k + 1 < 7; ++k) CHECK(chosen.gains[k] == test::close(-wanted.gains[k + 1]));
      }
}

TEST_CASE("core_set: by hand on a line", "[metrics]") {
  // One feature: points at 1, -4, 3, 5. Labelled points are at 0.
  const JointPrediction p{Vector::Zero(5), Covariance::from_factor(RowMatrix(Vector{{1, -4, 3, 5, 1}})),
                          Vector::Ones(5)};
  const Selection all = test::select("core_set", p, 4, 4);
  CHECK(all.picks == Rows{3, 1, 2, 0});  // 25; 16; then 3 is 4 from 5 and 1 is 1 from 0
  CHECK(all.gains == std::vector<double>{-16, -4, -1, 0});
}

TEST_CASE("core_set: noise plays no part", "[metrics]") {
  JointPrediction p = test::random_prediction(20, 5, 2);
  const Rows picks = test::select("core_set", p, 15, 6).picks;
  p.noise_variance = Vector::LinSpaced(20, 0, 50);
  CHECK(test::select("core_set", p, 15, 6).picks == picks);
}

}  // namespace
}  // namespace predcorr
