// SPDX-License-Identifier: Apache-2.0
#include "models/trees/exact_splits.hpp"

namespace predcorr::models::growing {

std::unique_ptr<Growth> exact_growth(const FeatureRanks& ranks, const TreeOptions& options) {
  if (ranks.rows() <= 65536) return std::make_unique<ExactGrowth<std::uint16_t>>(ranks, options);
  return std::make_unique<ExactGrowth<std::uint32_t>>(ranks, options);
}

}  // namespace predcorr::models::growing
