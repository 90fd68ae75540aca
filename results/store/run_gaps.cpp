// SPDX-License-Identifier: Apache-2.0
#include "results/store/run_gaps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/text.hpp"
#include "results/text/plain_text.hpp"
#include "results/text/seed_ranges.hpp"

namespace predcorr {
namespace {

constexpr std::size_t kMostNames = 8;  // in a line; the JSON has all

OrderedJson cell_to_json(const PlanEntry& entry) {
  OrderedJson json = {{"dataset", entry.dataset}};
  if (!entry.model.empty()) json["model"] = entry.model;
  if (!entry.criterion.empty()) json["criterion"] = entry.criterion;
  if (!entry.selector.empty()) json["selector"] = entry.selector;
  return json;
}

/// "gp", or "bmig with gp" of active learning.
std::string name_of(const PlanEntry& cell) {
  const std::string& model = cell.selector.empty() ? cell.model : cell.selector;
  if (cell.criterion.empty()) return model;
  return cell.criterion + (model.empty() ? "" : " with " + model);
}

std::string names(const std::vector<std::string>& all) {
  if (all.size() <= kMostNames) return comma_list(all);
  return fmt::format("{} and {} more", comma_list({all.begin(), all.begin() + kMostNames}), all.size() - kMostNames);
}

/// @param list of MissingCells or DoubleCells
template <class Cells>
void add_cells(const char* what, const std::vector<Cells>& list, std::vector<std::string>& lines) {
  struct Group {
    std::string dataset, seeds;
    std::vector<std::string> names;
  };
  std::vector<Group> groups;
  for (const auto& [entry, numbers] : list) {
    const std::string &dataset = entry.dataset, seeds = seed_ranges(numbers);
    auto same = std::find_if(groups.begin(), groups.end(),
                             [&](const Group& g) { return g.dataset == dataset && g.seeds == seeds; });
    if (same == groups.end()) same = groups.insert(same, {dataset, seeds, {}});
    same->names.push_back(name_of(entry));
  }
  for (const Group& g : groups)
    lines.push_back(fmt::format("{} {} {}: {}", what, g.dataset, seeds_in_words(g.seeds), names(g.names)));
}

void add_failures(const std::vector<FailedCell>& list, std::vector<std::string>& lines) {
  struct Group {
    std::string who, pattern, message;
    std::vector<std::uint64_t> seeds;
  };
  std::vector<Group> groups;
  for (const FailedCell& failure : list) {
    const PlanEntry& entry = failure.entry;
    std::string who = entry.dataset;
    for (const std::string* label : {&entry.model, &entry.criterion, &entry.selector})
      if (!label->empty()) who += " " + *label;
    const std::string pattern = without_numbers(failure.message);
    auto same = std::find_if(groups.begin(), groups.end(),
                             [&](const Group& g) { return g.who == who && g.pattern == pattern; });
    if (same == groups.end()) same = groups.insert(same, {who, pattern, failure.message, {}});
    same->seeds.push_back(failure.seed);
  }
  for (Group& g : groups) {
    std::sort(g.seeds.begin(), g.seeds.end());
    lines.push_back(fmt::format("FAILED {} {}: {}", g.who, seeds_in_words(seed_ranges(g.seeds)),
                                shortened(g.message, kMostMessageBytes)));
  }
}

}  // namespace

void add_to_json(const RunGaps& gaps, OrderedJson& document) {
  OrderedJson missing = OrderedJson::array(), damaged = missing, failures = missing;
  const auto add_to = [](OrderedJson& list, const PlanEntry& entry, const std::vector<std::uint64_t>& seeds) {
    OrderedJson& json = list.emplace_back(cell_to_json(entry));
    json["seeds"] = seed_ranges(seeds);
    json["n"] = seeds.size();
  };
  for (const auto& [entry, seeds] : gaps.missing) add_to(missing, entry, seeds);
  for (const auto& [file, entry, seed] : gaps.damaged) {
    OrderedJson& json = damaged.emplace_back(entry ? cell_to_json(*entry) : OrderedJson::object());
    if (entry) json["seed"] = seed;
    json["id"] = file.id;
    json["reason"] = file.reason;
  }
  for (const FailedCell& failure : gaps.failures) {
    OrderedJson& json = failures.emplace_back(cell_to_json(failure.entry));
    json["seed"] = failure.seed;
    json["kind"] = failure.kind;
    json["message"] = failure.message;
  }
  document["missing"] = std::move(missing);
  document["damaged"] = std::move(damaged);
  document["failures"] = std::move(failures);
  for (const auto& [entry, seeds] : gaps.doubles) add_to(document["doubles"], entry, seeds);
}

std::vector<std::string> gap_lines(const RunGaps& gaps) {
  std::vector<std::string> lines;
  add_failures(gaps.failures, lines);
  for (const auto& [file, entry, seed] : gaps.damaged)
    lines.push_back(fmt::format("DAMAGED {}: {}",
                                entry ? fmt::format("{} {} seed {}", entry->dataset, name_of(*entry), seed)
                                      : "cell " + file.id + ", not planned",
                                shortened(file.reason, kMostMessageBytes)));
  add_cells("MISSING", gaps.missing, lines);
  add_cells("DOUBLE", gaps.doubles, lines);
  return lines;
}

std::string incompleteness(const RunGaps& gaps) {
  const auto count = [](const auto& list) {
    std::size_t cells = 0;
    for (const auto& of_entry : list) cells += of_entry.seeds.size();
    return cells;
  };
  std::vector<std::string> parts;
  if (const std::size_t n = count(gaps.missing); n > 0)
    parts.push_back(fmt::format("{} planned cell{} no result", n, n == 1 ? " has" : "s have"));
  if (const std::size_t n = count(gaps.doubles); n > 0)
    parts.push_back(fmt::format("{} cell{} in more than one folder", n, n == 1 ? " is" : "s are"));
  return fmt::format("{}", fmt::join(parts, ", "));
}

RunGaps regression_gaps(const RunIndex& records, const std::function<bool(const PlanEntry&, std::uint64_t)>& wanted) {
  RunGaps gaps{{}, records.gaps.damaged, {}};
  const auto take = [&](const auto& from, auto& to) {
    for (const auto& cells : from) {
      if (!cells.entry.criterion.empty()) continue;
      auto kept = cells;
      std::erase_if(kept.seeds, [&](std::uint64_t seed) { return !wanted(cells.entry, seed); });
      if (!kept.seeds.empty()) to.push_back(std::move(kept));
    }
  };
  take(records.gaps.missing, gaps.missing);
  take(records.gaps.doubles, gaps.doubles);
  for (const FailedCell& failure : records.gaps.failures)
    if (failure.entry.criterion.empty() && wanted(failure.entry, failure.seed)) gaps.failures.push_back(failure);
  return gaps;
}

}  // namespace predcorr
