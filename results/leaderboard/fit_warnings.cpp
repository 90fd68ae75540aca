// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/fit_warnings.hpp"

#include <algorithm>

#include "results/text/plain_text.hpp"

namespace predcorr {

std::vector<FitWarning> fit_warnings(const BySeed& records) {
  std::vector<FitWarning> warnings;
  std::vector<std::string> patterns;  // of the warnings
  for (const auto& [seed, record] : records)
    for (const std::string& text : record->warnings) {
      const std::string pattern = without_numbers(text);
      const auto place = std::find(patterns.begin(), patterns.end(), pattern) - patterns.begin();
      if (place == std::ssize(patterns)) {
        patterns.push_back(pattern);
        warnings.push_back({text, {}});
      }
      std::vector<std::uint64_t>& seeds = warnings[static_cast<std::size_t>(place)].seeds;
      if (seeds.empty() || seeds.back() != seed) seeds.push_back(seed);
    }
  return warnings;
}

}  // namespace predcorr
