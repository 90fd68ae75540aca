// SPDX-License-Identifier: Apache-2.0
#include "results/store/run_index.hpp"

#include <algorithm>
#include <set>

#include "core/base/text.hpp"

namespace predcorr {
namespace {

void add_once(std::vector<std::string>& list, const std::string& label) {
  if (!label.empty() && !contains(list, label)) list.push_back(label);
}

std::string name_of(const PlanEntry& e) {
  if (e.criterion.empty()) return fmt::format("model '{}' on data set '{}'", e.model, e.dataset);
  return fmt::format("criterion '{}' with model '{}' on data set '{}'", e.criterion,
                     e.selector.empty() ? e.model : e.selector, e.dataset);
}

}  // namespace

bool same_cell(const PlanEntry& a, const PlanEntry& b) {
  return a.dataset == b.dataset && a.model == b.model && a.criterion == b.criterion && a.selector == b.selector;
}

RunIndex::Count RunIndex::count(const PlanEntry& entry, const BySeed& done) const {
  Count count{done.size(), done.size(), 0};
  for (const auto& [other, record] : failures)
    if (same_cell(other, entry)) ++count.failed;
  for (const MissingCells& cells : missing)
    if (same_cell(cells.entry, entry)) count.planned += cells.seeds.size();
  count.planned += count.failed;
  return count;
}

RunIndex index_runs(const std::vector<Store>& stores) {
  RunIndex all;
  std::map<std::string, BySeed> records;
  std::set<std::string> readable;  // ids
  for (const Store& store : stores) {
    const Run& run = all.runs.emplace_back(store.run());
    for (const RunDataset& dataset : run.datasets) add_once(all.datasets, dataset.label);
    for (const std::string& label : run.models) add_once(all.models, label);
    for (const std::string& label : run.references) add_once(all.references, label);
    for (const auto& [control, base] : run.controls) all.controls[control] = base;
    for (const auto& [family, members] : run.families)
      for (const std::string& member : members) all.families[member] = family;
    for (const auto& [entry, cells] : run.plan) {
      auto same =
          std::find_if(all.plan.begin(), all.plan.end(), [&](const auto& p) { return same_cell(p.entry, entry); });
      require(same == all.plan.end() || same->entry.configuration == entry.configuration, ErrorKind::config,
              "{}: {} has other parameters or data than in a folder before it; give one of them another label",
              store.folder().string(), name_of(entry));
      if (same == all.plan.end()) same = all.plan.insert(all.plan.end(), {entry, {}});
      for (const auto& [seed, id] : cells) same->cells[seed] = id;
    }
    StoreContents contents = store.all();
    for (DamagedRecord& damaged : contents.damaged) all.damaged.push_back({std::move(damaged), std::nullopt, 0});
    for (Record& record : contents.records) {
      readable.insert(cell_id(record.identity));
      BySeed& of_configuration = records[configuration_id(record.identity)];
      const auto seed = record.seed();
      const auto [place, added] = of_configuration.try_emplace(seed, StoredRecord{record, &store});
      if (!added && place->second.record.failed)
        place->second = {std::move(record), &store};  // a success elsewhere counts
    }
  }
  std::erase_if(all.damaged, [&](const DamagedCell& cell) { return readable.count(cell.file.id) > 0; });
  for (const PlannedCells& planned : all.plan) {
    const PlanEntry& entry = planned.entry;
    const BySeed& of_configuration = records[entry.configuration];
    BySeed done;
    for (const auto& [seed, filed] : of_configuration) {
      if (filed.record.failed)
        all.failures.emplace_back(entry, filed.record);
      else
        done.emplace(seed, filed);
    }
    MissingCells missing{entry, {}};
    for (const auto& [seed, id] : planned.cells) {
      if (of_configuration.count(seed) > 0) continue;
      missing.seeds.push_back(seed);
      for (DamagedCell& damaged : all.damaged)
        if (damaged.file.id == id) damaged.entry = entry, damaged.seed = seed;
    }
    if (!missing.seeds.empty()) all.missing.push_back(std::move(missing));
    if (entry.criterion.empty())
      all.regression[{entry.dataset, entry.model}] = std::move(done);
    else
      all.learning.push_back({entry, std::move(done)});
  }
  return all;
}

}  // namespace predcorr
