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

std::string cell_in_words(const PlanEntry& e) {
  if (e.criterion.empty()) return fmt::format("model '{}' on data set '{}'", e.model, e.dataset);
  return fmt::format("criterion '{}' with model '{}' on data set '{}'", e.criterion,
                     e.selector.empty() ? e.model : e.selector, e.dataset);
}

/// Puts together what the folders' run.json say, then the records they hold.
class Indexing {
 public:
  RunIndex index(const std::vector<Store>& stores) {
    for (const Store& store : stores) {
      add_run(store);
      add_records(store);
    }
    std::erase_if(all_.gaps.damaged, [&](const DamagedCell& cell) { return readable_.count(cell.file.id) > 0; });
    for (std::size_t i = 0; i < all_.gaps.damaged.size(); ++i) damaged_[all_.gaps.damaged[i].file.id].push_back(i);
    for (const PlannedCells& planned : all_.plan) sort_cells(planned);
    return std::move(all_);
  }

 private:
  void add_run(const Store& store) {
    const Run& run = all_.runs.emplace_back(store.run());
    for (const RunDataset& dataset : run.datasets) add_once(all_.datasets, dataset.label);
    for (const std::string& label : run.models) add_once(all_.models, label);
    for (const std::string& label : run.unranked) add_once(all_.unranked, label);
    for (const auto& [control, base] : run.controls) all_.controls[control] = base;
    for (const auto& [family, members] : run.families)
      for (const std::string& member : members) all_.families[member] = family;
    for (const auto& [entry, cells] : run.plan) {
      const auto [place, is_new] = places_.try_emplace(RunIndex::labels(entry), all_.plan.size());
      if (is_new) all_.plan.push_back({entry, {}});
      PlannedCells& same = all_.plan[place->second];
      require(same.entry.configuration == entry.configuration, ErrorKind::config,
              "{}: {} has other parameters or data than in a folder before it; give one of them another label",
              store.folder().string(), cell_in_words(entry));
      for (const auto& [seed, id] : cells) same.cells[seed] = id;
    }
  }

  void add_records(const Store& store) {
    store.for_each([&](const std::string& id, FiledCell&& cell) {
      if (!cell.record) {
        all_.gaps.damaged.push_back({{id, std::move(cell.damage)}, std::nullopt, 0});
        return;
      }
      readable_.insert(id);
      auto record = std::make_shared<const StoredRecord>(std::move(*cell.record), store, shared_);
      auto& place = records_[record->configuration][record->seed];
      if (place == nullptr || place->failed)
        place = std::move(record);  // a success elsewhere counts
      else if (!record->failed)
        doubles_[record->configuration].insert(record->seed);
    });
  }

  void sort_cells(const PlannedCells& planned) {
    const PlanEntry& entry = planned.entry;
    const BySeed& of_configuration = records_[entry.configuration];
    RunIndex::Count& count = all_.counts[RunIndex::labels(entry)];
    BySeed done;
    for (const auto& [seed, record] : of_configuration) {
      if (record->failed)
        all_.gaps.failures.push_back({entry, seed, record->failure_kind, record->failure_reason});
      else
        done.emplace(seed, record);
    }
    MissingCells missing{entry, {}};
    for (const auto& [seed, id] : planned.cells) {
      if (of_configuration.count(seed) > 0) continue;
      missing.seeds.push_back(seed);
      if (const auto found = damaged_.find(id); found != damaged_.end())
        for (const std::size_t i : found->second) all_.gaps.damaged[i].entry = entry, all_.gaps.damaged[i].seed = seed;
    }
    if (const auto twice = doubles_.find(entry.configuration); twice != doubles_.end())
      all_.gaps.doubles.push_back({entry, {twice->second.begin(), twice->second.end()}});
    count = {of_configuration.size() + missing.seeds.size(), done.size(), of_configuration.size() - done.size()};
    if (!missing.seeds.empty()) all_.gaps.missing.push_back(std::move(missing));
    if (entry.criterion.empty())
      all_.regression[{entry.dataset, entry.model}] = std::move(done);
    else
      all_.learning.push_back({entry, std::move(done)});
  }

  RunIndex all_;
  std::map<RunIndex::Labels, std::size_t> places_;           // in the plan
  std::map<std::string, BySeed> records_;                    // by configuration
  std::map<std::string, std::set<std::uint64_t>> doubles_;   // seeds by configuration
  std::set<std::string> readable_;                           // ids
  std::map<std::string, std::vector<std::size_t>> damaged_;  // places in all_.gaps.damaged, by id
  SharedParts shared_;
};

}  // namespace

const StoredRecord* RunIndex::find(const std::string& dataset, const std::string& model, std::uint64_t seed) const {
  const auto found = regression.find({dataset, model});
  if (found == regression.end()) return nullptr;
  const auto at = found->second.find(seed);
  return at == found->second.end() ? nullptr : at->second.get();
}

RunIndex index_runs(const std::vector<Store>& stores) { return Indexing().index(stores); }

}  // namespace predcorr
