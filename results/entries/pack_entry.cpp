// SPDX-License-Identifier: Apache-2.0
#include "results/entries/pack_entry.hpp"

#include <set>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "results/store/draft_folder.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

void check_model(const Run& run, const std::string& model) {
  require(contains(run.models, model), ErrorKind::config, "--model: the run has no '{}'{}", model,
          suggestion(model, run.models));
  require(run.controls.count(model) == 0, ErrorKind::config,
          "--model: '{}' is a control; its correlations are wrong on purpose", model);
}

/// Learning loops keep no predictions and stay out.
bool is_row_of(const PlanEntry& entry, const std::string& model) {
  return entry.model == model && entry.criterion.empty();
}

/// What a board needs to know of the run: this model's part of the plan, no place of this machine.
Run run_of_entry(Run run, const std::string& model) {
  run.models = {model};
  std::erase_if(run.unranked, [&](const std::string& label) { return label != model; });
  run.controls.clear();
  run.families.clear();
  std::erase_if(run.plan, [&](const PlannedCells& p) { return !is_row_of(p.entry, model); });
  run.suite_folder.clear();
  for (RunDataset& dataset : run.datasets)
    if (dataset.table) dataset.table->file.clear();
  // Of other models, which may be somebody's programs, and of what else was done with them, a board has no use.
  std::erase_if(run.suite["models"].get_ref<Json::array_t&>(), [&](const Json& one) {
    const auto named = [&](const char* key) { return one.contains(key) && one.at(key) == model; };
    return !(one.is_string() ? one == model : one.contains("label") ? named("label") : named("model"));
  });
  for (const char* key : {"controls", "active_learning", "normalised_by"}) run.suite.erase(key);
  return run;
}

class Packing {
 public:
  Packing(const Store& store, const PackRequest& request, const DraftFolder& draft)
      : store_(store), request_(request), draft_(draft) {
    make_folder(draft.path() / "cells");
  }

  Entry pack(const Run& run) {
    Entry entry{request_.about, request_.model, run.name(), {}, {}};
    for (const PlannedCells& planned : run.plan)
      for (const auto& [seed, id] : planned.cells)
        // Two labels of one data set share their cells.
        if (const FiledCell filed = store_.look_up(id); filed.record && packed_.insert(id).second)
          entry.cells.push_back(pack_cell(*filed.record, planned.entry.dataset));
    require(!entry.cells.empty(), ErrorKind::data, "{}: has no result of '{}' yet", store_.folder().string(),
            request_.model);
    entry.run = write("run.json", to_json(run).dump(1) + "\n");
    write("entry.json", readable_json(to_ordered_json(entry)) + "\n");
    return entry;
  }

 private:
  EntryCell pack_cell(Record record, const std::string& dataset) const {
    EntryCell cell{dataset, record.seed(), cell_id(record.identity), {}, std::nullopt, std::nullopt};
    if (record.prediction && request_.keep != Keep::scores) {
      const StoredPrediction stored = store_.prediction_of(record);
      const fs::path name = fs::path("cells") / (cell.id + ".npz");
      write_atomically(draft_.path() / name,
                       [&](const fs::path& file) { save_prediction(stored, request_.keep, file, Targets::left_out); });
      cell.prediction = packed(name);
      cell.test = test_hashes(stored);
      record.prediction = {cell.id + ".npz", cell.prediction->sha256, cell.prediction->bytes,
                           what_is_kept(stored, request_.keep)};
    } else {
      record.prediction.reset();
    }
    cell.record = write(fs::path("cells") / (cell.id + ".json"), record_to_text(record));
    return cell;
  }

  PackedFile write(const fs::path& name, const std::string& text) const {
    write_text_atomically(draft_.path() / name, text);
    return packed(name);
  }

  PackedFile packed(const fs::path& name) const {
    const fs::path file = draft_.path() / name;
    return {sha256_hex_of_file(file), fs::file_size(file)};
  }

  const Store& store_;
  const PackRequest& request_;
  const DraftFolder& draft_;
  std::set<std::string> packed_;  // ids
};

}  // namespace

Entry pack_entry(const Store& store, const PackRequest& request) {
  const Run run = store.run();
  check_model(run, request.model);
  for (const std::string* word : {&request.about.who, &request.about.what, &request.about.code, &request.about.licence})
    require(says_something(*word), ErrorKind::config,
            "submit: --who, --what, --code and --licence must each say something");
  require(!fs::exists(request.out), ErrorKind::config, "{}: is there already; use another --out, or remove it",
          request.out.string());
  if (request.out.has_parent_path()) make_folder(request.out.parent_path());
  const DraftFolder draft(request.out);
  Entry entry = Packing(store, request, draft).pack(run_of_entry(run, request.model));
  draft.put_in_place();
  return entry;
}

RunGaps missing_of_entry(const Store& store, const std::string& model) {
  const Run run = store.run();
  check_model(run, model);
  RunGaps gaps;
  for (const auto& [entry, cells] : run.plan) {
    if (!is_row_of(entry, model)) continue;
    MissingCells missing{entry, {}};
    for (const auto& [seed, id] : cells) {
      FiledCell filed = store.look_up(id);
      if (filed.record) continue;
      missing.seeds.push_back(seed);
      if (!filed.damage.empty()) gaps.damaged.push_back({{id, std::move(filed.damage)}, entry, seed});
    }
    if (!missing.seeds.empty()) gaps.missing.push_back(std::move(missing));
  }
  return gaps;
}

}  // namespace predcorr
