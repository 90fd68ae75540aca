// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/compression/surgery.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr::models {

std::vector<Part> removal_order(const std::vector<PartGroup>& groups, double cap) {
  std::vector<Part> order;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::vector<Part> of_group;
    for (Index i = 0; i < groups[g].scores.size(); ++i)
      of_group.push_back({g, groups[g].parts[static_cast<std::size_t>(i)], groups[g].scores(i)});
    std::stable_sort(of_group.begin(), of_group.end(), [](const Part& a, const Part& b) { return a.score < b.score; });
    const auto count = static_cast<double>(of_group.size());
    const auto most = std::min(std::floor(cap * count), std::max(count - 1, 0.0));
    order.insert(order.end(), of_group.begin(), of_group.begin() + static_cast<std::ptrdiff_t>(most));
  }
  std::stable_sort(order.begin(), order.end(), [](const Part& a, const Part& b) { return a.score < b.score; });
  return order;
}

}  // namespace predcorr::models
