// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/validation_report.hpp"

#include <algorithm>
#include <map>

#include "core/base/text.hpp"
#include "harness/progress.hpp"
#include "results/store/provenance.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {
namespace {

OrderedJson part_to_json(const PartRows& part) { return {{"fewest", part.fewest}, {"most", part.most}}; }

void add_count(OrderedJson& json, const CellCount& count) {
  json["cells"] = count.cells;
  json["done"] = count.done;
  json["other_scores"] = count.other_scores;
}

OrderedJson dataset_to_json(const ValidatedDataset& dataset) {
  OrderedJson json = {{"label", dataset.label}, {"rows", nullptr}};
  if (dataset.train)
    json["rows"] = {{"train", part_to_json(*dataset.train)},
                    {"pool", part_to_json(*dataset.pool)},
                    {"test", part_to_json(*dataset.test)}};
  json["predicts_pool"] = dataset.predicts_pool;
  json["seeds"] = dataset.seeds;
  json["models"] = dataset.models;
  json["loops"] = dataset.loops;
  add_count(json, dataset.count);
  return json;
}

OrderedJson entry_to_json(const ValidatedEntry& entry) {
  OrderedJson json = {{"dataset", entry.entry.dataset}};
  for (const auto& [key, value] :
       {std::pair("model", &entry.entry.model), std::pair("criterion", &entry.entry.criterion),
        std::pair("selector", &entry.entry.selector)})
    if (!value->empty()) json[key] = *value;
  add_count(json, entry.count);
  if (const auto& pilot = entry.pilot) {
    json["pilot"] = {{"seed", pilot->seed},
                     {"seconds", pilot->seconds},
                     {"fit_seconds", pilot->fit_seconds},
                     {"predict_seconds", pilot->predict_seconds},
                     {"peak_bytes", pilot->peak_bytes},
                     {"disk_bytes", pilot->disk_bytes}};
    if (!pilot->failure.empty()) json["pilot"]["failure"] = pilot->failure;
  }
  return json;
}

std::string bytes_in_words(double bytes) {
  const char* unit = "bytes";
  for (const char* larger : {"kB", "MB", "GB", "TB"}) {
    if (bytes < 999.5) break;
    bytes /= 1000;
    unit = larger;
  }
  return fmt::format("{:.{}f} {}", bytes, bytes < 9.95 && unit[0] != 'b' ? 1 : 0, unit);
}

/// "45", or "43..47" where seeds differ.
std::string part_in_words(const std::optional<PartRows>& part) {
  if (!part) return "?";
  return part->fewest == part->most ? std::to_string(part->most) : fmt::format("{}..{}", part->fewest, part->most);
}

TextTable datasets_table(const SuiteValidation& validation) {
  TextTable table{
      .title = "Data sets",
      .header = {"data set", "training", "pool", "test", "seeds", "models", "cells", "of these loops", "done"},
      .rows = {}};
  const auto row = [&](const std::string& label, std::initializer_list<std::string> more) {
    TextRow& cells = table.rows.emplace_back(TextRow{{label}});
    for (const std::string& text : more) cells.push_back({text});
  };
  std::size_t loops = 0;
  for (const ValidatedDataset& d : validation.datasets) {
    row(d.label, {part_in_words(d.train), part_in_words(d.pool), part_in_words(d.test), std::to_string(d.seeds.size()),
                  std::to_string(d.models), std::to_string(d.count.cells), std::to_string(d.loops),
                  std::to_string(d.count.done)});
    loops += d.loops;
  }
  const CellCount all = validation.count();
  row("in all", {"", "", "", "", "", std::to_string(all.cells), std::to_string(loops), std::to_string(all.done)});
  if (all.other_scores > 0)
    table.note = fmt::format("{} of the cells done are scored again, by other metrics than before", all.other_scores);
  return table;
}

/// The models that take longest, over data sets and seeds; loops apart from predictions.
TextTable slowest_table(const SuiteValidation& validation, double work_seconds) {
  constexpr std::size_t kMost = 5;
  struct Work {
    double longest = 0, seconds = 0;
    std::size_t cells = 0;
  };
  std::map<std::string, Work> by_model;
  for (const ValidatedEntry& e : validation.entries) {
    if (!e.pilot || !e.pilot->failure.empty()) continue;
    const std::string& model = e.entry.selector.empty() ? e.entry.model : e.entry.selector;
    Work& work = by_model[e.entry.criterion.empty() ? model : model + ", active learning"];
    work.longest = std::max(work.longest, e.pilot->seconds);
    work.seconds += e.pilot->seconds * static_cast<double>(e.count.to_run());
    work.cells += e.count.to_run();
  }
  std::vector<std::pair<std::string, Work>> slowest(by_model.begin(), by_model.end());
  std::stable_sort(slowest.begin(), slowest.end(),
                   [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  slowest.resize(std::min(slowest.size(), kMost));
  TextTable table{
      .title = "Slowest, with one thread", .header = {"model", "cells", "longest", "all", "share"}, .rows = {}};
  for (const auto& [model, work] : slowest)
    table.rows.push_back({{model},
                          {std::to_string(work.cells)},
                          {fmt::format("{:.3g} s", work.longest)},
                          {duration_in_words(work.seconds)},
                          {fmt::format("{:.0f} %", 100 * work.seconds / work_seconds)}});
  return table;
}

std::string pilot_text(const SuiteValidation& validation) {
  std::size_t pilots = 0;
  for (const ValidatedEntry& entry : validation.entries) pilots += entry.pilot.has_value();
  const std::optional<RunEstimate> estimate = validation.estimate();
  if (!estimate) return fmt::format("The pilot was interrupted after {} cells: no estimate.\n", pilots);
  if (pilots == 0) return "Pilot: no cell is left to run.\n";
  if (estimate->cells == 0) return "Every pilot cell failed: no estimate.\n";
  std::string text = terminal_text(slowest_table(validation, estimate->work_seconds));
  text += fmt::format(
      "\nPilot: {} cells, one of each model and of each learning loop on each data set.\n"
      "Time: about {} ({:.2g} hours) for {} cells with {} threads; work for one thread: {}.\n"
      "Memory: {} for the largest cell, up to {} with {} threads; external models' own memory is not in it.\n",
      pilots, duration_in_words(estimate->clock_seconds), estimate->clock_seconds / 3600, estimate->cells,
      validation.threads, duration_in_words(estimate->work_seconds), bytes_in_words(estimate->peak_bytes),
      bytes_in_words(estimate->peak_bytes * validation.threads), validation.threads);
  if (estimate->left_out > 0)
    text += fmt::format("Not in these numbers: {} cells whose pilot failed.\n", estimate->left_out);
  return text;
}

}  // namespace

OrderedJson to_json(const SuiteValidation& validation) {
  OrderedJson json = {{"schema", kValidationSchema},
                      {"suite", validation.suite},
                      {"protocol", write_parameters(validation.protocol)},
                      {"seeds", validation.seeds},
                      {"threads", validation.threads},
                      {"keep", to_string(validation.keep)},
                      {"models", validation.models},
                      {"controls", validation.controls},
                      {"metrics", validation.metrics},
                      {"criteria", validation.criteria}};
  add_count(json, validation.count());
  json["datasets"] = json["faults"] = json["plan"] = OrderedJson::array();
  for (const ValidatedDataset& dataset : validation.datasets) json["datasets"].push_back(dataset_to_json(dataset));
  for (const DataFault& fault : validation.faults)
    json["faults"].push_back({{"dataset", fault.dataset}, {"seed", fault.seed}, {"message", fault.message}});
  for (const ValidatedEntry& entry : validation.entries) json["plan"].push_back(entry_to_json(entry));
  json["dense_bytes"] = validation.dense_bytes();
  if (validation.pilot == SuiteValidation::PilotState::none) return json;
  json["estimate"] = nullptr;
  if (const auto estimate = validation.estimate())
    json["estimate"] = {{"cells", estimate->cells},
                        {"left_out", estimate->left_out},
                        {"work_seconds", estimate->work_seconds},
                        {"clock_seconds", estimate->clock_seconds},
                        {"peak_bytes", estimate->peak_bytes},
                        {"disk_bytes", estimate->disk_bytes}};
  json["provenance"] = provenance();
  return json;
}

std::string validation_report(const SuiteValidation& validation) {
  const CellCount all = validation.count();
  std::string text = fmt::format("Suite '{}', protocol {}, {}: {} cells, {} of them done\n\n{}\n", validation.suite,
                                 word_of(validation.protocol.name), seeds_in_words(validation.seeds), all.cells,
                                 all.done, terminal_text(datasets_table(validation)));
  const auto list = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty())
      text += printable_line(fmt::format("{} ({}): {}", what, names.size(), comma_list(names))) + "\n";
  };
  list("Models", validation.models);
  list("Controls", validation.controls);
  list("Metrics", validation.metrics);
  list("Criteria of active learning", validation.criteria);
  const std::optional<RunEstimate> estimate = validation.estimate();
  if (estimate)
    text += fmt::format("Disk: about {}, as the pilot's files (--keep {})\n", bytes_in_words(estimate->disk_bytes),
                        to_string(validation.keep));
  else
    text += fmt::format(
        "Disk: {} if all predictions are dense matrices, before compression (--keep {}); a factor of s columns takes s "
        "numbers a point. --pilot measures it\n",
        bytes_in_words(validation.dense_bytes()), to_string(validation.keep));
  for (const DataFault& fault : validation.faults)
    text += printable_line(fmt::format("FAILED {} seed {}: {}", fault.dataset, fault.seed, fault.message)) + "\n";
  if (validation.pilot != SuiteValidation::PilotState::none) text += "\n" + pilot_text(validation);
  for (const ValidatedEntry& entry : validation.entries)
    if (entry.pilot && !entry.pilot->failure.empty())
      text += printable_line(fmt::format("FAILED {}: {}", entry.first->describe(),
                                         shortened(entry.pilot->failure, kLongestMessage))) +
              "\n";
  return text;
}

}  // namespace predcorr
