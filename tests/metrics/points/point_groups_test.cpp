// SPDX-License-Identifier: Apache-2.0
#include "metrics/points/point_groups.hpp"

#include <algorithm>
#include <cmath>

#include "tests/metrics/fixtures.hpp"

namespace predcorr::metrics {
namespace {

bool all_different(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return std::adjacent_find(rows.begin(), rows.end()) == rows.end();
}

TEST_CASE("point groups: random groups use all points equally often", "[metrics]") {
  const auto groups = random_groups(30, 5, 13);
  REQUIRE(groups.size() == 18);  // three times all points
  std::vector<int> uses(30);
  for (const Rows& group : groups) {
    CHECK(group.size() == 5);
    CHECK(all_different(group));
    for (const Index row : group) ++uses[static_cast<std::size_t>(row)];
  }
  CHECK(uses == std::vector<int>(30, 3));
  CHECK(groups == random_groups(30, 5, 13));
  CHECK(groups[0] != groups[6]);
  // Groups of other sizes are other draws, not parts of these.
  const auto pairs = random_groups(30, 2, 13);
  CHECK(pairs[0] != Rows(groups[0].begin(), groups[0].begin() + 2));
  const Rows two = dyadic_draws(30, 8, 1)[0], four = dyadic_draws(30, 16, 1)[0];
  CHECK(two != Rows(four.begin(), four.begin() + 8));
  const auto few = random_groups(7, 3, 1);  // one point is left over
  CHECK(few.size() == 2);
  CHECK(random_groups(4, 5, 10).empty());
  CHECK(random_groups(5, 5, 3).size() == 3);
}

/// From the definition: a, the nearest to it, b, the nearest to b of what is left.
void check_dyadic(const Rows& group, const Matrix& inputs) {
  const std::size_t half = (group.size() + 1) / 2;
  const auto distance = [&](Index i, Index j) { return (inputs.row(i) - inputs.row(j)).norm(); };
  CHECK(all_different(group));
  for (Index other = 0; other < inputs.rows(); ++other) {
    if (std::find(group.begin(), group.end(), other) != group.end()) continue;
    CHECK(distance(group[0], other) >= distance(group[0], group[half - 1]));
    if (half < group.size()) CHECK(distance(group[half], other) >= distance(group[half], group.back()));
  }
}

TEST_CASE("point groups: neighbours are in one group each, their founder first", "[metrics]") {
  const Matrix inputs = Stream(3).normals(86).reshaped(43, 2);
  for (const Index size : {1, 2, 5, 10}) {
    const auto groups = neighbour_groups(inputs, size, 100);
    INFO("groups of " << size);
    REQUIRE(std::ssize(groups) == 43 / size);
    Rows used;
    for (const Rows& group : groups) {
      REQUIRE(std::ssize(group) == size);
      const auto distance = [&](Index i) { return (inputs.row(i) - inputs.row(group[0])).norm(); };
      for (std::size_t k = 1; k < group.size(); ++k) CHECK(distance(group[k]) >= distance(group[k - 1]));
      used.insert(used.end(), group.begin(), group.end());
      // Whoever is nearer than the last was taken before.
      for (Index other = 0; other < 43; ++other)
        if (distance(other) < distance(group.back())) CHECK(std::find(used.begin(), used.end(), other) != used.end());
    }
    CHECK(all_different(used));
    const auto few = neighbour_groups(inputs, size, 3);
    CHECK(few == std::vector<Rows>(groups.begin(), groups.begin() + 3));
  }
  CHECK(neighbour_groups(inputs, 44, 5).empty());
  // A founder stands before its duplicates, of which the lower rows come first.
  for (const Rows& group : neighbour_groups(Matrix::Zero(6, 2), 3, 5)) CHECK(group[1] < group[2]);
}

TEST_CASE("point groups: dyadic groups depend on the inputs alone", "[metrics]") {
  const Matrix inputs = Stream(3).normals(80).reshaped(40, 2);
  for (const Index size : {2, 5, 10}) {
    const auto groups = dyadic_groups(inputs, size, 25);
    REQUIRE(groups.size() == 25);
    INFO("groups of " << size);
    for (const Rows& group : groups) {
      REQUIRE(std::ssize(group) == size);
      CHECK(all_different(group));
    }
    CHECK(groups == dyadic_groups(inputs, size, 25));
    if (size > 2) CHECK(groups != dyadic_groups(inputs.array().cube().matrix(), size, 25));
  }
  const auto anchors = [&](Index size) {
    Rows all;
    for (const Rows& group : dyadic_groups(inputs, size, 10)) all.push_back(group[0]);
    return all;
  };
  CHECK(anchors(2) != anchors(5));  // draws of their own
  CHECK(dyadic_groups(inputs, 41, 3).empty());
  CHECK(dyadic_groups(inputs, 40, 3).size() == 3);
  CHECK(dyadic_groups(Matrix::Zero(1, 2), 2, 3).empty());
  CHECK(dyadic_groups(Matrix(), 2, 3).empty());
}

TEST_CASE("point groups: on a line two distant anchors take their surroundings", "[metrics]") {
  const Matrix line = Vector::LinSpaced(200, 0, 199);
  int distant = 0;
  for (const Rows& group : dyadic_groups(line, 6, 50)) {
    if (std::abs(group[0] - group[3]) < 10) continue;  // the clusters may overlap
    ++distant;
    check_dyadic(group, line);
    CHECK(std::abs(group[1] - group[0]) <= 2);  // 2 at either end of the line
    CHECK(std::abs(group[4] - group[3]) <= 2);
  }
  CHECK(distant > 30);
}

TEST_CASE("point groups: an anchor leads its duplicates", "[metrics]") {
  for (const Rows& group : dyadic_groups(Matrix::Zero(6, 1), 4, 40)) {
    CHECK(all_different(group));
    const Rows rest = {group[1]};  // the lowest but a
    CHECK(rest[0] == (group[0] == 0 ? 1 : 0));
  }
}

TEST_CASE("point groups: dyadic draws are two points at even odds", "[metrics]") {
  const auto groups = dyadic_draws(50, 20, 400);
  REQUIRE(groups.size() == 400);
  double share = 0;
  for (const Rows& group : groups) {
    const auto [low, high] = std::minmax_element(group.begin(), group.end());
    const auto lows = std::count(group.begin(), group.end(), *low);
    if (*low != *high) CHECK(lows + std::count(group.begin(), group.end(), *high) == 20);
    share += static_cast<double>(std::count(group.begin(), group.end(), group[0]) - 1) / 19 / 400;
  }
  // Each of the 19 others is the first one's with probability 1/2: standard error 0.5 / sqrt(19 * 400).
  CHECK(std::abs(share - 0.5) < 4.5 * 0.5 / std::sqrt(19.0 * 400));
  CHECK(dyadic_draws(2, 3, 5).size() == 5);
  CHECK(dyadic_draws(1, 2, 5).empty());
}

TEST_CASE("point groups: groups of the points at their places", "[metrics]") {
  CHECK(at_places({{0, 2}, {1, 1, 0}}, {7, 5, 6}) == std::vector<Rows>{{7, 6}, {5, 5, 7}});
}

TEST_CASE("point groups: a point observed twice has one value of f and noise of its own each time", "[metrics]") {
  JointPrediction p = test::random_prediction(4, 2, 1);
  p.latent = Covariance::from_factor(p.latent.factor_rows(0, 4), Vector::Constant(4, 0.5));
  const JointPrediction twice = observations_at(p, {2, 0, 2});
  const Matrix all = p.latent.matrix();
  CHECK(twice.latent.matrix().isApprox(
      Matrix{{all(2, 2), all(2, 0), all(2, 2)}, {all(0, 2), all(0, 0), all(0, 2)}, {all(2, 2), all(2, 0), all(2, 2)}},
      1e-14));
  CHECK(twice.noise_variance == Vector{{p.noise_variance(2), p.noise_variance(0), p.noise_variance(2)}});
  CHECK(twice.mean(0) == twice.mean(2));
}

}  // namespace
}  // namespace predcorr::metrics
