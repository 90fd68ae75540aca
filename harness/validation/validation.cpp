// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/validation.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "harness/progress.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {
namespace {

/// Labels of all models that take part in a cell.
void add_models(const Cell& cell, std::set<std::string>& labels) {
  labels.insert(cell.predictors.begin(), cell.predictors.end());
  if (!cell.entry.selector.empty()) labels.insert(cell.entry.selector);
}

void extend(std::optional<PartRows>& part, const Rows& rows) {
  const Index n = std::ssize(rows);
  part = part ? PartRows{std::min(part->fewest, n), std::max(part->most, n)} : PartRows{n, n};
}

/// Splits a data set at a seed as its cells will find it. @throws Error (data, config, io)
void look_at_rows(const Labelled<DatasetSource>& dataset, std::uint64_t seed, Problems& problems,
                  ValidatedDataset& about) {
  const auto at_seed = problems.at(dataset, seed);
  const Split& split = at_seed->problem().split();
  extend(about.train, split.train);
  extend(about.pool, split.pool);
  extend(about.test, split.test);
  at_seed->problem().training(split.train);  // refuses targets that do not vary
}

/// What is wrong with a table may depend on the split, so on the seed; what a generator draws is alike for all seeds.
void look_at_rows(const Labelled<DatasetSource>& dataset, Problems& problems, ValidatedDataset& about,
                  std::vector<DataFault>& faults) {
  for (const std::uint64_t seed : about.seeds) {
    try {
      look_at_rows(dataset, seed, problems, about);
    } catch (const Error& e) {
      faults.push_back({dataset.label, seed, e.what()});
    }
    if (!about.prepared_once) return;
  }
}

/// The lines of the plan, with what a run folder has of their cells.
std::vector<ValidatedEntry> entries_of(const Suite& suite, const std::vector<Cell>& cells, const Store* store,
                                       Keep keep) {
  std::vector<ValidatedEntry> entries;
  std::map<RunIndex::Labels, std::size_t> places;
  for (const Cell& cell : cells) {
    const auto [place, is_new] = places.try_emplace(RunIndex::labels(cell.entry), entries.size());
    if (is_new) entries.push_back({.entry = cell.entry, .count = {}, .first = {}, .pilot = {}});
    ValidatedEntry& entry = entries[place->second];
    ++entry.count.cells;
    const FiledCell filed = store == nullptr ? FiledCell{} : store->look_up(cell.id());
    const OnFile state = filed.record ? on_file(suite, cell, *filed.record, keep) : OnFile::to_run;
    entry.count.done += state != OnFile::to_run;
    entry.count.other_scores += state == OnFile::other_scores;
    if (state == OnFile::to_run && (!entry.first || cell.seed < entry.first->seed)) entry.first = cell;
  }
  return entries;
}

}  // namespace

void CellCount::add(const CellCount& more) {
  cells += more.cells;
  done += more.done;
  other_scores += more.other_scores;
}

double stored_bytes_if_dense(Index train, Index pool, Index test, bool predicts_pool, Keep keep) {
  if (keep == Keep::scores) return 0;
  const auto triangle = [](Index n) { return 0.5 * static_cast<double>(n) * static_cast<double>(n + 1); };
  const Index predicted_pool = predicts_pool && keep != Keep::test ? pool : 0, n = predicted_pool + test;
  double numbers = triangle(n);
  if (keep == Keep::predictions && predicted_pool > 1)  // of pool x pool the diagonal alone
    numbers += static_cast<double>(predicted_pool) - triangle(predicted_pool);
  numbers += 3 * static_cast<double>(n) + static_cast<double>(train + pool + test);  // mean, noise, y; numbers of rows
  return 8 * numbers;
}

CellCount SuiteValidation::count() const {
  CellCount all;
  for (const ValidatedEntry& entry : entries) all.add(entry.count);
  return all;
}

double SuiteValidation::dense_bytes() const {
  double bytes = 0;
  for (const ValidatedEntry& entry : entries) bytes += entry.dense_bytes * static_cast<double>(entry.count.to_run());
  return bytes;
}

bool SuiteValidation::failed() const {
  return !faults.empty() || std::any_of(entries.begin(), entries.end(), [](const ValidatedEntry& entry) {
    return entry.pilot && !entry.pilot->failure.empty();
  });
}

std::optional<RunEstimate> SuiteValidation::estimate() const {
  if (pilot != PilotState::finished) return std::nullopt;
  RunEstimate all;
  double longest = 0;
  for (const ValidatedEntry& entry : entries) {
    if (!entry.pilot) continue;
    if (!entry.pilot->failure.empty()) {
      all.left_out += entry.count.to_run();
      continue;
    }
    const auto cells = static_cast<double>(entry.count.to_run());
    all.cells += entry.count.to_run();
    all.work_seconds += cells * entry.pilot->seconds;
    all.disk_bytes += cells * entry.pilot->disk_bytes;
    all.peak_bytes = std::max(all.peak_bytes, entry.pilot->peak_bytes);
    longest = std::max(longest, entry.pilot->seconds);
  }
  for (const ValidatedDataset& dataset : datasets)
    if (dataset.prepare_seconds)
      all.work_seconds +=
          *dataset.prepare_seconds * (dataset.prepared_once ? 1. : static_cast<double>(dataset.seeds.size()));
  const auto at_a_time = std::clamp<std::size_t>(all.cells, 1, static_cast<std::size_t>(threads));
  all.clock_seconds = std::max(longest, all.work_seconds / static_cast<double>(at_a_time));
  return all;
}

SuiteValidation validate_suite(const Suite& suite, const Plan& plan, Problems& problems, const Store* store,
                               const RunOptions& options) {
  const std::vector<Cell> cells = selected_cells(plan.cells, suite, options);
  SuiteValidation all;
  all.suite = suite.name;
  all.protocol = suite.protocol;
  all.seeds = suite.seeds;
  all.keep = options.keep;
  all.threads = thread_count(options);
  all.entries = entries_of(suite, cells, options.fresh ? nullptr : store, options.keep);
  for (const auto& metric : suite.metrics) all.metrics.push_back(metric.name);
  for (const auto& metric : suite.cross_metrics) all.metrics.push_back(metric.name);
  std::set<std::string> taking_part, criteria;
  std::map<std::string, std::set<std::uint64_t>> seeds;
  for (const Cell& cell : cells) {
    add_models(cell, taking_part);
    criteria.insert(cell.entry.criterion);
    seeds[cell.entry.dataset].insert(cell.seed);
  }
  for (const std::string& label : suite.models) {
    if (!taking_part.contains(label)) continue;
    const bool is_control = suite.model(label, suite.datasets.front().label).object->traits().controlled != nullptr;
    (is_control ? all.controls : all.models).push_back(label);
  }
  if (suite.active_learning)
    for (const auto& criterion : suite.active_learning->criteria)
      if (criteria.contains(criterion.name)) all.criteria.push_back(criterion.name);

  for (const auto& dataset : suite.datasets) {
    const auto asked = seeds.find(dataset.label);
    if (asked == seeds.end()) continue;
    const DatasetSource& source = *dataset.plugin.object;
    ValidatedDataset about;
    about.label = dataset.label;
    about.seeds.assign(asked->second.begin(), asked->second.end());
    about.predicts_pool = source.knows_truth();
    about.prepared_once = source.is_file();
    look_at_rows(dataset, problems, about, all.faults);
    for (ValidatedEntry& entry : all.entries) {
      if (entry.entry.dataset != dataset.label) continue;
      about.count.add(entry.count);
      if (!entry.entry.criterion.empty()) {
        about.loops += entry.count.cells;
        continue;
      }
      ++about.models;
      if (!about.train || !entry.first) continue;
      entry.dense_bytes = stored_bytes_if_dense(about.train->most, about.pool->most, about.test->most,
                                                about.predicts_pool, to_keep(suite, *entry.first, options.keep));
    }
    all.datasets.push_back(std::move(about));
  }
  return all;
}

void run_pilot(SuiteValidation& validation, const Suite& suite, bool quiet, const std::atomic<bool>& stop) {
  std::map<std::string, ValidatedDataset*> datasets;
  for (ValidatedDataset& dataset : validation.datasets) datasets[dataset.label] = &dataset;
  std::vector<ValidatedEntry*> to_do;
  for (ValidatedDataset& dataset : validation.datasets)  // in the order of a run, so that cells share problems
    for (ValidatedEntry& entry : validation.entries)
      if (entry.first && entry.entry.dataset == dataset.label) to_do.push_back(&entry);
  Pilot pilot(suite, validation.keep);
  Progress progress(static_cast<int>(to_do.size()), 0, quiet);
  for (ValidatedEntry* entry : to_do) {
    validation.pilot = SuiteValidation::PilotState::interrupted;
    if (stop) return;
    const Cell& cell = *entry->first;
    progress.started();
    const double prepared = pilot.prepare(*cell.dataset, cell.seed);
    std::optional<double>& prepare_seconds = datasets.at(cell.entry.dataset)->prepare_seconds;
    if (!prepare_seconds) prepare_seconds = prepared;
    Record record;
    const PilotCell took = pilot.run(cell, record);
    if (record.failed && stop) return progress.given_up();  // cut short: no failure
    progress.finished(cell.describe(), record);
    entry->pilot = took;
  }
  validation.pilot = SuiteValidation::PilotState::finished;
}

}  // namespace predcorr
