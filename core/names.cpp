// SPDX-License-Identifier: Apache-2.0
#include "core/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace predcorr {
namespace {

/// Levenshtein distance: insertions, deletions and replacements that turn one word into the other.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string comma_list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::string suggestion(const std::string& given, const std::vector<std::string>& known) {
  if (known.empty()) return "; there are none";
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edit_distance(given, a) < edit_distance(given, b);
  });
  const std::string list = fmt::format("known: {}", comma_list(known));
  // A guess further away than half the word is more puzzle than help.
  if (edit_distance(given, *nearest) * 2 > std::max(given.size(), nearest->size())) return "; " + list;
  return fmt::format("; did you mean '{}'? ({})", *nearest, list);
}

}  // namespace predcorr
