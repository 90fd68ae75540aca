// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/pareto_front.hpp"

#include <algorithm>
#include <limits>
#include <random>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// By the definition: all pairs.
std::vector<std::size_t> brute_force(const std::vector<ParetoPoint>& points) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (std::none_of(points.begin(), points.end(), [&](const ParetoPoint& p) { return dominates(p, points[i]); }))
      front.push_back(i);
  return front;
}

TEST_CASE("Pareto front: of hand-made points", "[results]") {
  // (2, 2) is dominated by (1, 2), which is as good in the second; (3, 1) and its double are both on the front.
  const std::vector<ParetoPoint> points = {{2, 2}, {3, 1}, {1, 2}, {0, 5}, {3, 1}, {4, 1}, {0, 6}};
  CHECK(pareto_front(points) == std::vector<std::size_t>{1, 2, 3, 4});
  CHECK(dominates({1, 2}, {2, 2}));
  CHECK_FALSE(dominates({2, 2}, {1, 2}));
  CHECK_FALSE(dominates({3, 1}, {3, 1}));
  CHECK_FALSE(dominates({0, 5}, {1, 2}));
  CHECK(pareto_front({}).empty());
  CHECK(pareto_front({{1, 1}}) == std::vector<std::size_t>{0});
}

TEST_CASE("Pareto front: is what all pairs say, ties among them", "[results]") {
  std::mt19937_64 engine(5);
  for (int run = 0; run < 500; ++run) {
    const int n = 1 + static_cast<int>(engine() % 40);
    const std::uint64_t levels = 2 + engine() % 50;  // few levels: many ties
    std::vector<ParetoPoint> points;
    for (int i = 0; i < n; ++i)
      points.push_back({static_cast<double>(engine() % levels) - 3, -static_cast<double>(engine() % levels)});
    const std::vector<std::size_t> front = pareto_front(points);
    REQUIRE(front == brute_force(points));
    for (std::size_t i = 0; i < points.size(); ++i) {
      const bool beaten =
          std::any_of(front.begin(), front.end(), [&](std::size_t f) { return dominates(points[f], points[i]); });
      REQUIRE(beaten != (std::find(front.begin(), front.end(), i) != front.end()));
    }
  }
}

TEST_CASE("Pareto front: what is no number is refused", "[results]") {
  CHECK_THAT(test::error_of([] { pareto_front({{1, std::numeric_limits<double>::quiet_NaN()}}); }),
             test::contains("numerical: Pareto front: coordinates must be finite"));
  CHECK_THAT(test::error_of([] { pareto_front({{std::numeric_limits<double>::infinity(), 0}}); }),
             test::contains("numerical: Pareto front"));
}

}  // namespace
}  // namespace predcorr
