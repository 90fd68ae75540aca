// SPDX-License-Identifier: Apache-2.0
#include "metrics/neighbour_sets.hpp"

#include <algorithm>
#include <cmath>

#include "tests/metrics/fixtures.hpp"

namespace predcorr::metrics {
namespace {

/// A noise-free prediction with unit variances: y's correlations are `r`.
JointPrediction with_correlations(const Matrix& r) {
  return {Vector::Zero(r.rows()), Covariance::dense(r), Vector::Zero(r.rows())};
}

/// Straight from the definition: k times the strongest point not yet taken, the lowest where several are.
Rows neighbours_by_force(const Matrix& r, Index i, Index k) {
  Rows set = {i};
  while (std::ssize(set) < k) {
    Index best = -1;
    for (Index j = 0; j < r.rows(); ++j) {
      if (std::find(set.begin(), set.end(), j) != set.end()) continue;
      if (best < 0 || std::abs(r(i, j)) > std::abs(r(i, best))) best = j;
    }
    set.push_back(best);
  }
  return set;
}

TEST_CASE("neighbour sets: neighbour sets against brute force, with ties", "[metrics]") {
  Stream stream(4);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Index n = 12;
    Matrix r = Matrix::Identity(n, n);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j) r(i, j) = r(j, i) = 0.25 * static_cast<double>(stream.index(9) - 4);  // ties abound
    for (const Index k : {1, 2, 5, 12}) {
      const auto sets = neighbour_sets(with_correlations(r), k);
      REQUIRE(sets.rows() == k);
      REQUIRE(sets.cols() == n);
      for (Index i = 0; i < n; ++i) CHECK(Rows(sets.col(i).begin(), sets.col(i).end()) == neighbours_by_force(r, i, k));
    }
  }
}

TEST_CASE("neighbour sets: groups are no larger than the test set, and negative correlations count", "[metrics]") {
  const Matrix r{{1, 0.1, -0.9}, {0.1, 1, 0.2}, {-0.9, 0.2, 1}};
  CHECK(neighbour_sets(with_correlations(r), 7).rows() == 3);
  CHECK(neighbour_sets(with_correlations(r), 2).row(1) == Eigen::Matrix<Index, 1, 3>(2, 2, 0));
}

TEST_CASE("neighbour sets: signed neighbours are not the negative ones, local ones are close in f", "[metrics]") {
  const Matrix r{{1, 0.1, -0.9}, {0.1, 1, 0.2}, {-0.9, 0.2, 1}};
  CHECK(neighbour_sets(with_correlations(r), 2, NeighbourSelection::signed_strength).row(1) ==
        Eigen::Matrix<Index, 1, 3>(1, 2, 1));
  // f_0 and f_1 go together perfectly, but f_1 varies by far more: f_2 is nearer to f_0. Noise is no part of f.
  JointPrediction p = with_correlations(Matrix{{1, 3, 0.5}, {3, 9, 1.5}, {0.5, 1.5, 1}});
  p.noise_variance = Vector{{0, 0, 7}};
  CHECK(neighbour_sets(p, 2, NeighbourSelection::local)(1, 0) == 2);
  CHECK(neighbour_sets(p, 2, NeighbourSelection::absolute)(1, 0) == 1);
}

TEST_CASE("neighbour sets: random neighbours are different points, the same for every reference", "[metrics]") {
  const JointPrediction p = test::random_prediction(40, 3, 2), q = test::random_prediction(40, 5, 7);
  const NeighbourSets sets = neighbour_sets(p, 6, NeighbourSelection::random);
  CHECK(sets == neighbour_sets(q, 6, NeighbourSelection::random));
  Rows seen;
  for (Index i = 0; i < 40; ++i) {
    Rows set(sets.col(i).begin(), sets.col(i).end());
    CHECK(set[0] == i);
    seen.insert(seen.end(), set.begin() + 1, set.end());
    std::sort(set.begin(), set.end());
    CHECK(std::adjacent_find(set.begin(), set.end()) == set.end());
  }
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  CHECK(seen.size() >= 35);  // 200 draws leave out 0.25 of 40 points on average
  CHECK(neighbour_sets(p, 40, NeighbourSelection::random).col(7).sum() == 39 * 20);  // all points, once
}

TEST_CASE("neighbour sets: the words for selections", "[metrics]") {
  for (const std::string& name : neighbour_selection_names())
    CHECK(neighbour_selection_names().at(static_cast<std::size_t>(read_neighbour_selection(name))) == name);
  CHECK_THAT(test::error_of([] { read_neighbour_selection("sined"); }), test::contains("unknown selection 'sined'"));
}

TEST_CASE("neighbour sets: a factor's are its dense form's, beyond one block of columns", "[metrics]") {
  JointPrediction p = test::random_prediction(150, 4, 3);
  p.latent = Covariance::from_factor(p.latent.factor_rows(0, 150), Vector::LinSpaced(150, 0, 1));
  for (const NeighbourSelection selection :
       {NeighbourSelection::absolute, NeighbourSelection::signed_strength, NeighbourSelection::local})
    CHECK(neighbour_sets(p, 7, selection) == neighbour_sets(test::densified(p), 7, selection));
}

}  // namespace
}  // namespace predcorr::metrics
