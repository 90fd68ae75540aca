// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace predcorr {

/// Seeds in the notation of suites, runs of them as a range: "1..4, 7, 9..10".
/// @param seeds ascending, each once
std::string seed_ranges(const std::vector<std::uint64_t>& seeds);

/// "seed 3" or "seeds 1..4, 7".  @param ranges as above
std::string seeds_in_words(const std::string& ranges);

}  // namespace predcorr
