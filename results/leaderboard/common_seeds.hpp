// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace predcorr {

/// Who is compared, and on which seeds. Seeds differ in difficulty by more than models do, so that means over unequal
/// seeds have no order.
struct CommonSeeds {
  std::vector<std::string> models;    ///< that are compared, by name
  std::vector<std::string> left_out;  ///< that have too few seeds to be compared, by name
  std::vector<std::uint64_t> seeds;   ///< that every compared model has; perhaps none

  bool has_model(const std::string& model) const;
  bool has_seed(std::uint64_t seed) const;
};

/// Models are compared on the seeds that all of them have. One with no more than half as many as the model with most
/// would take more from the others than it brings (each failure of one model shortens the comparison of all), so it is
/// left out.
/// @param seeds by model; a model without any is none
CommonSeeds common_seeds(const std::map<std::string, std::set<std::uint64_t>>& seeds);

}  // namespace predcorr
