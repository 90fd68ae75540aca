// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/common_seeds.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/text.hpp"

namespace predcorr {

bool CommonSeeds::has_model(const std::string& model) const { return contains(models, model); }

bool CommonSeeds::has_seed(std::uint64_t seed) const { return std::binary_search(seeds.begin(), seeds.end(), seed); }

CommonSeeds common_seeds(const std::map<std::string, std::set<std::uint64_t>>& seeds) {
  CommonSeeds common;
  std::size_t most = 0;
  for (const auto& [model, own] : seeds) most = std::max(most, own.size());
  for (const auto& [model, own] : seeds) {
    if (own.empty()) continue;
    if (2 * own.size() <= most) {
      common.left_out.push_back(model);
      continue;
    }
    if (common.models.empty()) {
      common.seeds.assign(own.begin(), own.end());
    } else {
      std::vector<std::uint64_t> both;
      std::set_intersection(common.seeds.begin(), common.seeds.end(), own.begin(), own.end(), std::back_inserter(both));
      common.seeds = std::move(both);
    }
    common.models.push_back(model);
  }
  return common;
}

}  // namespace predcorr
