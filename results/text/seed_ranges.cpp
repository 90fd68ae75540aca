// SPDX-License-Identifier: Apache-2.0
#include "results/text/seed_ranges.hpp"

#include <fmt/format.h>

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

std::string seeds_in_words(const std::string& ranges) {
  return (ranges.find_first_not_of("0123456789") == std::string::npos ? "seed " : "seeds ") + ranges;
}

}  // namespace predcorr
