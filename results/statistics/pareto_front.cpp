// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/pareto_front.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.hpp"

namespace predcorr {

bool dominates(const ParetoPoint& a, const ParetoPoint& b) {
  return a.first <= b.first && a.second <= b.second && (a.first < b.first || a.second < b.second);
}

std::vector<std::size_t> pareto_front(const std::vector<ParetoPoint>& points) {
  for (const ParetoPoint& point : points)
    require(std::isfinite(point.first) && std::isfinite(point.second), ErrorKind::numerical,
            "Pareto front: coordinates must be finite, got {} and {}", point.first, point.second);
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    const ParetoPoint &a = points[i], &b = points[j];
    return a.first != b.first ? a.first < b.first : a.second != b.second ? a.second < b.second : i < j;
  });
  // From left to right a point is on the front where it lies below all before it, or equals the last of the front.
  std::vector<std::size_t> front;
  for (const std::size_t i : order) {
    if (!front.empty()) {
      const ParetoPoint& lowest = points[front.back()];
      const bool same = points[i].first == lowest.first && points[i].second == lowest.second;
      if (points[i].second >= lowest.second && !same) continue;
    }
    front.push_back(i);
  }
  std::sort(front.begin(), front.end());
  return front;
}

}  // namespace predcorr
