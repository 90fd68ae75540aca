// SPDX-License-Identifier: Apache-2.0
#include "metrics/points/neighbour_sets.hpp"

#include <algorithm>
#include <cmath>

#include "tests/metrics/fixtures.hpp"

namespace predcorr::metrics {
namespace {

/// A noise-free prediction with unit variances: y's correlations are `r`.
JointPrediction with_correlations(const Matrix& r) {
  return {Vector::Zero(r.rows()), Covariance::dense(r), Vector::Zero(r.rows())};
}

/// Straight from the definition: who has a place for sure, and who ties for the others.
struct Choice {
  Choice(const Matrix& r, Index i, Index k) {
    std::vector<double> strengths;
    for (Index j = 0; j < r.rows(); ++j)
      if (j != i) strengths.push_back(std::abs(r(i, j)));
    std::sort(strengths.rbegin(), strengths.rend());
    const double border = strengths.at(static_cast<std::size_t>(k - 2));
    for (Index j = 0; j < r.rows(); ++j) {
      if (j == i) continue;
      const double above = std::abs(r(i, j)) - border;
      if (above > 1e-9) sure.push_back(j);
      if (std::abs(above) <= 1e-9) tied.push_back(j);
    }
    open = k - 1 - std::ssize(sure);
    count = std::tgamma(std::ssize(tied) + 1) / std::tgamma(open + 1) / std::tgamma(std::ssize(tied) - open + 1);
  }
  Rows sure, tied;
  Index open;
  double count;  ///< of choices
};

bool includes(const Rows& all, const Rows& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// A point's groups without the point itself, each sorted.
std::vector<Rows> groups_of(const NeighbourSets& sets, Index i) {
  std::vector<Rows> groups;
  for (Index g = sets.first[static_cast<std::size_t>(i)]; g < sets.first[static_cast<std::size_t>(i) + 1]; ++g) {
    CHECK(sets.groups(0, g) == i);
    Rows& group = groups.emplace_back(sets.groups.col(g).begin() + 1, sets.groups.col(g).end());
    std::sort(group.begin(), group.end());
    CHECK(std::adjacent_find(group.begin(), group.end()) == group.end());
  }
  return groups;
}

TEST_CASE("neighbour sets: every choice among ties once, or many drawn, against brute force", "[metrics]") {
  Stream stream(4);
  int several = 0, drawn = 0;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Index n = 24;
    Matrix r = Matrix::Identity(n, n);
    for (Index i = 0; i < n; ++i)  // ties abound, but for the last digits
      for (Index j = 0; j < i; ++j)
        r(i, j) = r(j, i) = 0.25 * static_cast<double>(stream.index(5) - 2) + 1e-13 * stream.normal();
    for (const Index k : {2, 5, 9, 24}) {
      const NeighbourSets sets = neighbour_sets(with_correlations(r), k);
      REQUIRE(sets.groups.rows() == k);
      REQUIRE(sets.points() == n);
      CHECK(sets.named);
      for (Index i = 0; i < n; ++i) {
        const Choice choice(r, i, k);
        std::vector<Rows> groups = groups_of(sets, i);
        Rows allowed = joined(choice.sure, choice.tied);
        std::sort(allowed.begin(), allowed.end());
        for (const Rows& group : groups) {
          CHECK(includes(group, choice.sure));
          CHECK(includes(allowed, group));
        }
        CHECK(std::ssize(groups) == std::min<Index>(std::lround(choice.count), kMostGroups));
        several += groups.size() > 1;
        drawn += choice.count > kMostGroups + 0.5;
        if (choice.count > kMostGroups + 0.5) continue;
        std::sort(groups.begin(), groups.end());
        CHECK(std::adjacent_find(groups.begin(), groups.end()) == groups.end());
      }
    }
  }
  CHECK(several > 100);
  CHECK(drawn > 100);
  CHECK(neighbour_sets(with_correlations(Matrix::Identity(5, 5)), 1).groups ==
        Eigen::Matrix<Index, 1, 5>(0, 1, 2, 3, 4));
}

TEST_CASE("neighbour sets: without ties the strongest, in their order", "[metrics]") {
  const JointPrediction p = test::random_prediction(40, 5, 2);
  const Matrix covariance = p.latent.matrix();
  const Vector scale = p.observed_variance().cwiseSqrt().cwiseInverse();
  const Matrix r = (scale.asDiagonal() * covariance * scale.asDiagonal()).cwiseAbs();
  const NeighbourSets sets = neighbour_sets(p, 6);
  REQUIRE(sets.groups.cols() == 40);
  CHECK(sets.first == consecutive_rows(0, 41));
  CHECK(!sets.drawn);
  for (Index i = 0; i < 40; ++i) {
    Rows order = consecutive_rows(0, 40);
    order.erase(order.begin() + i);
    std::sort(order.begin(), order.end(), [&](Index a, Index b) { return r(i, a) > r(i, b); });
    CHECK(sets.groups(0, i) == i);
    CHECK(std::equal(order.begin(), order.begin() + 5, sets.groups.col(i).begin() + 1));
  }
}

TEST_CASE("neighbour sets: draws use tied points alike, and go by the given order", "[metrics]") {
  // Point 0 is as near to each of 40 others, which tell of themselves and it alone.
  const Index n = 41;
  Matrix r = Matrix::Identity(n, n);
  r.row(0).tail(n - 1).setConstant(0.1);
  r.col(0).tail(n - 1).setConstant(0.1);
  const NeighbourSets sets = neighbour_sets(with_correlations(r), 5);
  CHECK(sets.drawn);
  std::vector<int> uses(static_cast<std::size_t>(n));
  for (const Rows& group : groups_of(sets, 0))
    for (const Index j : group) ++uses[static_cast<std::size_t>(j)];
  for (Index j = 1; j < n; ++j) {  // 64 groups of 4: six times all, and 16 once more
    CHECK(uses[static_cast<std::size_t>(j)] >= 6);
    CHECK(uses[static_cast<std::size_t>(j)] <= 7);
  }
  const Rows rows = Stream(5).permutation(n);  // the same points in other rows
  Vector key(n);
  for (Index i = 0; i < n; ++i) key(rows[static_cast<std::size_t>(i)]) = static_cast<double>(i);
  Matrix permuted(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      permuted(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(j)]) = r(i, j);
  const NeighbourSets moved =
      neighbour_sets(with_correlations(permuted), 5, NeighbourSelection::absolute, content_order({key}));
  for (Index i = 0; i < n; ++i) {
    std::vector<Rows> expected = groups_of(sets, i), found = groups_of(moved, rows[static_cast<std::size_t>(i)]);
    for (Rows& group : expected) {
      for (Index& j : group) j = rows[static_cast<std::size_t>(j)];
      std::sort(group.begin(), group.end());
    }
    CHECK(found == expected);
  }
}

TEST_CASE("neighbour sets: a reference that tells no point from another names none", "[metrics]") {
  const Index n = 9;
  JointPrediction constant{Vector::Zero(n), Covariance::from_factor(RowMatrix(RowMatrix::Constant(n, 1, 0.3))),
                           Vector::Constant(n, 2)};
  JointPrediction rank_one{Vector::Zero(n), Covariance::from_factor(RowMatrix(Stream(3).normals(n))), Vector::Zero(n)};
  const JointPrediction independent = with_correlations(Matrix(Stream(4).normals(n).cwiseAbs2().asDiagonal()));
  Matrix rounded = Matrix::Constant(n, n, 0.3);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j) rounded(i, j) = rounded(j, i) = i == j ? 1 : 0.3 + 1e-12 * Stream(7).normal();
  for (const JointPrediction& p : {constant, rank_one, independent, with_correlations(rounded)}) {
    CHECK(!neighbour_sets(p, 3).named);
    CHECK(!neighbour_sets(p, n - 1).named);
    CHECK(neighbour_sets(p, n).named);  // nothing is to be named
    CHECK(neighbour_sets(p, 1).named);
    CHECK(neighbour_sets(p, 3, NeighbourSelection::random).named);
  }
  CHECK(neighbour_sets(rank_one, 3, NeighbourSelection::signed_strength).named);  // it is 1 or -1
  CHECK(!neighbour_sets(constant, 3, NeighbourSelection::signed_strength).named);
  CHECK(!neighbour_sets(constant, 3, NeighbourSelection::local).named);
  CHECK(neighbour_sets(rank_one, 3, NeighbourSelection::local).named);
  constant.noise_variance(2) = 1;  // y there goes more with all others than these among themselves
  CHECK(neighbour_sets(constant, 3).named);
}

TEST_CASE("neighbour sets: groups are no larger than the test set, and negative correlations count", "[metrics]") {
  const Matrix r{{1, 0.1, -0.9}, {0.1, 1, 0.2}, {-0.9, 0.2, 1}};
  CHECK(neighbour_sets(with_correlations(r), 7).groups.rows() == 3);
  CHECK(neighbour_sets(with_correlations(r), 2).groups.row(1) == Eigen::Matrix<Index, 1, 3>(2, 2, 0));
}

TEST_CASE("neighbour sets: signed neighbours are not the negative ones, local ones are close in f", "[metrics]") {
  const Matrix r{{1, 0.1, -0.9}, {0.1, 1, 0.2}, {-0.9, 0.2, 1}};
  CHECK(neighbour_sets(with_correlations(r), 2, NeighbourSelection::signed_strength).groups.row(1) ==
        Eigen::Matrix<Index, 1, 3>(1, 2, 1));
  // f_0 and f_1 go together perfectly, but f_1 varies by far more: f_2 is nearer to f_0. Noise is no part of f.
  JointPrediction p = with_correlations(Matrix{{1, 3, 0.5}, {3, 9, 1.5}, {0.5, 1.5, 1}});
  p.noise_variance = Vector{{0, 0, 7}};
  CHECK(neighbour_sets(p, 2, NeighbourSelection::local).groups(1, 0) == 2);
  CHECK(neighbour_sets(p, 2, NeighbourSelection::absolute).groups(1, 0) == 1);
}

TEST_CASE("neighbour sets: random neighbours are different points, the same for every reference", "[metrics]") {
  const JointPrediction p = test::random_prediction(40, 3, 2), q = test::random_prediction(40, 5, 7);
  const NeighbourSets::Groups sets = neighbour_sets(p, 6, NeighbourSelection::random).groups;
  CHECK(sets == neighbour_sets(q, 6, NeighbourSelection::random).groups);
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
  CHECK(neighbour_sets(p, 40, NeighbourSelection::random).groups.col(7).sum() == 39 * 20);  // all points, once
}

TEST_CASE("neighbour sets: a factor's are its dense form's, beyond one block of columns", "[metrics]") {
  JointPrediction p = test::random_prediction(150, 4, 3);
  p.latent = Covariance::from_factor(p.latent.factor_rows(0, 150), Vector::LinSpaced(150, 0, 1));
  for (const NeighbourSelection selection :
       {NeighbourSelection::absolute, NeighbourSelection::signed_strength, NeighbourSelection::local})
    CHECK(neighbour_sets(p, 7, selection).groups == neighbour_sets(test::densified(p), 7, selection).groups);
}

}  // namespace
}  // namespace predcorr::metrics
