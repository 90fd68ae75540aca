// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/store/run_index.hpp"

namespace predcorr {

/// What a model said against its own fits (Posterior::warnings).
struct FitWarning {
  std::string text;                  ///< of the first of its seeds
  std::vector<std::uint64_t> seeds;  ///< ascending
};

/// What a model said on one data set, in the order of its first seeds. Sentences that differ in numbers only are one.
std::vector<FitWarning> fit_warnings(const BySeed& records);

}  // namespace predcorr
