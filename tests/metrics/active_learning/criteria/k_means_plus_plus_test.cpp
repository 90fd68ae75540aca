// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr {
namespace {

TEST_CASE("k_means_plus_plus: picks are drawn by squared distance", "[metrics]") {
  // On a line, labelled points at 0: 1, 2, 3 have chances 1/14, 4/14, 9/14. After 3 the squared distances of 1 and 2
  // are 1 and 1; after 2 those of 1 and 3 are 1 and 1; after 1 those of 2 and 3 are 1 and 4. 4000 draws: standard
  // deviations below 32, and below 21 for the 286 draws or so after a first pick of 1, whose spread is 7.
  const JointPrediction p{Vector::Zero(4), Covariance::from_factor(RowMatrix(Vector{{1, 2, 3, 5}})), Vector::Ones(4)};
  Matrix counts = Matrix::Zero(3, 3);
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const Rows picks = test::select("k_means_plus_plus", p, 3, 2, seed).picks;
    counts(picks[0], picks[1]) += 1;
  }
  const Vector first = counts.rowwise().sum();
  CHECK(std::abs(first(0) - 4000.0 / 14) < 4 * 17);
  CHECK(std::abs(first(1) - 4000.0 * 4 / 14) < 4 * 29);
  CHECK(std::abs(first(2) - 4000.0 * 9 / 14) < 4 * 31);
  CHECK(std::abs(counts(2, 0) / first(2) - 0.5) < 0.04);
  CHECK(std::abs(counts(1, 0) / first(1) - 0.5) < 0.06);
  CHECK(std::abs(counts(0, 2) / first(0) - 0.8) < 0.1);
  CHECK(counts.diagonal().isZero());
}

TEST_CASE("k_means_plus_plus: the same stream picks the same, another one others", "[metrics]") {
  const JointPrediction p = test::random_prediction(60, 5, 1);
  const Selection first = test::select("k_means_plus_plus", p, 50, 10, 1);
  CHECK(first.picks == test::select("k_means_plus_plus", p, 50, 10, 1).picks);
  CHECK(first.picks != test::select("k_means_plus_plus", p, 50, 10, 2).picks);
  for (std::size_t k = 1; k < 10; ++k) CHECK(first.gains[k] >= first.gains[k - 1]);
}

TEST_CASE("k_means_plus_plus: points that are known are taken last", "[metrics]") {
  Vector at = Vector::Zero(6);
  at(4) = 2;
  at(5) = 1;
  const JointPrediction p{Vector::Zero(6), Covariance::from_factor(RowMatrix(at)), Vector::Ones(6)};
  CHECK(test::select("k_means_plus_plus", p, 5, 4).picks == Rows{4, 0, 1, 2});
}

}  // namespace
}  // namespace predcorr
