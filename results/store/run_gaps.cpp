// SPDX-License-Identifier: Apache-2.0
#include "results/store/run_gaps.hpp"

#include <fmt/format.h>

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

OrderedJson missing_to_json(const PlanEntry& entry, const std::vector<std::uint64_t>& seeds) {
  OrderedJson json = cell_to_json(entry);
  json["seeds"] = seed_ranges(seeds);
  json["n"] = seeds.size();
  return json;
}

OrderedJson failure_to_json(const FailedCell& failure) {
  OrderedJson json = cell_to_json(failure.entry);
  json["seed"] = failure.seed;
  json["kind"] = failure.kind;
  json["message"] = failure.message;
  return json;
}

/// "gp", or "bmig with gp" of active learning.
std::string name_of(const OrderedJson& cell) {
  std::string model = cell.contains("selector") ? cell.at("selector").get<std::string>() : cell.value("model", "");
  if (!cell.contains("criterion")) return model;
  return cell.at("criterion").get<std::string>() + (model.empty() ? "" : " with " + model);
}

std::string names(const std::vector<std::string>& all) {
  if (all.size() <= kMostNames) return comma_list(all);
  return fmt::format("{} and {} more", comma_list({all.begin(), all.begin() + kMostNames}), all.size() - kMostNames);
}

void add_missing(const OrderedJson& list, std::vector<std::string>& lines) {
  struct Group {
    std::string dataset, seeds;
    std::vector<std::string> names;
  };
  std::vector<Group> groups;
  for (const OrderedJson& cell : list) {
    const auto dataset = cell.at("dataset").get<std::string>(), seeds = cell.at("seeds").get<std::string>();
    auto same = std::find_if(groups.begin(), groups.end(),
                             [&](const Group& g) { return g.dataset == dataset && g.seeds == seeds; });
    if (same == groups.end()) same = groups.insert(same, {dataset, seeds, {}});
    same->names.push_back(name_of(cell));
  }
  for (const Group& g : groups)
    lines.push_back(fmt::format("MISSING {} {}: {}", g.dataset, seeds_in_words(g.seeds), names(g.names)));
}

void add_failures(const OrderedJson& list, std::vector<std::string>& lines) {
  struct Group {
    std::string who, pattern, message;
    std::vector<std::uint64_t> seeds;
  };
  std::vector<Group> groups;
  for (const OrderedJson& failure : list) {
    std::string who = failure.at("dataset").get<std::string>();
    for (const char* key : {"model", "criterion", "selector"})
      if (failure.contains(key)) who += " " + failure.at(key).get<std::string>();
    const auto message = failure.at("message").get<std::string>();
    const std::string pattern = without_numbers(message);
    auto same = std::find_if(groups.begin(), groups.end(),
                             [&](const Group& g) { return g.who == who && g.pattern == pattern; });
    if (same == groups.end()) same = groups.insert(same, {who, pattern, message, {}});
    same->seeds.push_back(failure.at("seed").get<std::uint64_t>());
  }
  for (Group& g : groups) {
    std::sort(g.seeds.begin(), g.seeds.end());
    lines.push_back(fmt::format("FAILED {} {}: {}", g.who, seeds_in_words(seed_ranges(g.seeds)),
                                shortened(g.message, kMostMessageBytes)));
  }
}

int cells_in(const OrderedJson& missing) {
  int cells = 0;
  for (const OrderedJson& entry : missing) cells += entry.at("n").get<int>();
  return cells;
}

}  // namespace

OrderedJson missing_to_json(const RunIndex& records) {
  OrderedJson list = OrderedJson::array();
  for (const auto& [entry, seeds] : records.missing) list.push_back(missing_to_json(entry, seeds));
  return list;
}

OrderedJson damaged_to_json(const RunIndex& records) {
  OrderedJson list = OrderedJson::array();
  for (const auto& [file, entry, seed] : records.damaged) {
    OrderedJson& json = list.emplace_back(entry ? cell_to_json(*entry) : OrderedJson::object());
    if (entry) json["seed"] = seed;
    json["id"] = file.id;
    json["reason"] = file.reason;
  }
  return list;
}

OrderedJson failures_to_json(const RunIndex& records) {
  OrderedJson list = OrderedJson::array();
  for (const FailedCell& failure : records.failures) list.push_back(failure_to_json(failure));
  return list;
}

OrderedJson seeds_to_json(const RunIndex& records, const std::string& dataset) {
  OrderedJson all = OrderedJson::object();
  for (const auto& [entry, cells] : records.plan) {
    if (entry.dataset != dataset || !entry.criterion.empty()) continue;
    const RunIndex::Count& count = records.count(entry);
    all[entry.model] = {{"planned", count.planned}, {"done", count.done}, {"failed", count.failed}};
  }
  return all;
}

std::vector<std::string> gap_lines(const OrderedJson& document) {
  const auto list = [&](const char* key) { return document.value(key, OrderedJson::array()); };
  std::vector<std::string> lines;
  add_failures(list("failures"), lines);
  for (const OrderedJson& damaged : list("damaged"))
    lines.push_back(fmt::format("DAMAGED {}: {}",
                                damaged.contains("dataset")
                                    ? fmt::format("{} {} seed {}", damaged.at("dataset").get<std::string>(),
                                                  name_of(damaged), damaged.at("seed").get<std::uint64_t>())
                                    : "cell " + damaged.at("id").get<std::string>() + ", not planned",
                                shortened(damaged.at("reason").get<std::string>(), kMostMessageBytes)));
  add_missing(list("missing"), lines);
  return lines;
}

std::string incompleteness(const OrderedJson& document) {
  const int missing = cells_in(document.value("missing", OrderedJson::array()));
  if (missing == 0) return "";
  return fmt::format("{} planned cell{} no result", missing, missing == 1 ? " has" : "s have");
}

OrderedJson regression_gaps(const RunIndex& records,
                            const std::function<bool(const PlanEntry&, std::uint64_t)>& wanted) {
  OrderedJson gaps = {{"failures", OrderedJson::array()}, {"damaged", damaged_to_json(records)}};
  OrderedJson& missing = gaps["missing"] = OrderedJson::array();
  for (const auto& [entry, seeds] : records.missing) {
    if (!entry.criterion.empty()) continue;
    std::vector<std::uint64_t> kept;
    for (const std::uint64_t seed : seeds)
      if (wanted(entry, seed)) kept.push_back(seed);
    if (!kept.empty()) missing.push_back(missing_to_json(entry, kept));
  }
  for (const FailedCell& failure : records.failures)
    if (failure.entry.criterion.empty() && wanted(failure.entry, failure.seed))
      gaps["failures"].push_back(failure_to_json(failure));
  return gaps;
}

}  // namespace predcorr
