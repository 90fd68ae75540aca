// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/multiple_tests.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace predcorr {

std::vector<std::optional<double>> holm(const std::vector<std::optional<double>>& p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!p[i]) continue;
    require(*p[i] >= 0 && *p[i] <= 1, ErrorKind::numerical, "holm: p-values must be from 0 to 1, got {}", *p[i]);
    order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return *p[a] < *p[b]; });
  std::vector<std::optional<double>> adjusted(p.size());
  double largest = 0;
  auto left = static_cast<double>(order.size());
  for (const std::size_t i : order) {
    largest = std::min(1.0, std::max(largest, left * *p[i]));
    adjusted[i] = largest;
    --left;
  }
  return adjusted;
}

}  // namespace predcorr
