// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace predcorr {

/// One combination of a grid, as an entry of a suite's models that has none.
struct GridMember {
  Json entry;
  std::string family;  ///< label of the entry it comes from
};

/// {"model": "bbb", "grid": {"units": [50, 400], "learning_rate": [0.001, 0.01]}} stands for four models, labelled
/// "bbb learning_rate=0.001 units=50" and so on: keys in alphabetical order, the last varying fastest. An entry without
/// a grid is its own family.
/// @param path where it stands, for messages  @throws Error (config)
std::vector<GridMember> expand_grid(const Json& entry, const std::string& path);

}  // namespace predcorr
