// SPDX-License-Identifier: Apache-2.0
#include "results/text/seed_ranges.hpp"

#include <fmt/format.h>

#include <sstream>

namespace predcorr {

std::string seed_ranges(const std::vector<std::uint64_t>& seeds) {
  std::string text;
  for (std::size_t first = 0, last = 0; first < seeds.size(); first = ++last) {
    while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1) ++last;
    text += text.empty() ? "" : ", ";
    text += first == last ? fmt::format("{}", seeds[first]) : fmt::format("{}..{}", seeds[first], seeds[last]);
  }
  return text;
}

std::vector<std::uint64_t> seeds_in_ranges(const std::string& ranges) {
  std::vector<std::uint64_t> seeds;
  std::istringstream text(ranges);
  for (std::string range; std::getline(text, range, ',');) {
    const auto dots = range.find("..");
    const std::uint64_t first = std::stoull(range);
    const std::uint64_t last = dots == std::string::npos ? first : std::stoull(range.substr(dots + 2));
    for (std::uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
  }
  return seeds;
}

std::string seeds_in_words(const std::string& ranges) {
  return (ranges.find_first_not_of("0123456789") == std::string::npos ? "seed " : "seeds ") + ranges;
}

}  // namespace predcorr
