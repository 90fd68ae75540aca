// SPDX-License-Identifier: Apache-2.0
#include "results/frozen_pools/freeze_references.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/text.hpp"
#include "results/frozen_pools/reference_pool.hpp"
#include "results/store/draft_folder.hpp"
#include "results/store/provenance.hpp"
#include "results/store/run_gaps.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {
namespace fs = std::filesystem;
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// The labels that texts name, each once. A label may itself have a comma: a text that is a label is taken whole.
std::vector<std::string> read_labels(const std::vector<std::string>& texts, const std::vector<std::string>& known,
                                     const char* option) {
  std::vector<std::string> labels;
  const auto add = [&](const std::string& label) {
    require(contains(known, label), ErrorKind::config, "{}: the runs have no '{}'{}", option, label,
            suggestion(label, known));
    if (!contains(labels, label)) labels.push_back(label);
  };
  for (const std::string& text : texts) {
    if (contains(known, text)) {
      add(text);
      continue;
    }
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) add(trimmed(part));
  }
  return labels;
}

void check_request(const FreezeRequest& r) {
  const auto harmless = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  require(!r.name.empty() && r.name.front() != '.' && r.name.front() != '-' &&
              std::all_of(r.name.begin(), r.name.end(), harmless),
          ErrorKind::config, "--name: must be letters, digits, dots, dashes and underscores, got '{}'", r.name);
  require(r.version >= 1, ErrorKind::config, "--version: must be at least 1, got {}", r.version);
}

/// Writes the predictions and tells of them, data set by data set.
class Freezer {
 public:
  Freezer(const RunIndex& records, const std::vector<std::string>& models, Precision precision,
          const DraftFolder& folder)
      : records_(records), models_(models), precision_(precision), folder_(folder) {}

  OrderedJson freeze(const std::string& dataset, const std::vector<std::uint64_t>& wanted) {
    const std::vector<std::uint64_t> seeds = wanted.empty() ? seeds_of(dataset) : wanted;
    require(!seeds.empty(), ErrorKind::data, "{}: none of the models {} was run there", dataset, comma_list(models_));
    const Json& identity = record_of(dataset, models_.front(), seeds.front()).identity();
    OrderedJson json = OrderedJson::object();
    for (const char* key : {"name", "parameters", "sha256"}) json[key] = identity.at("dataset").at(key);
    json["protocol"] = identity.at("protocol");
    for (const std::string& model : models_)
      json["models"][model] = record_of(dataset, model, seeds.front()).identity().at("model");
    for (const std::uint64_t seed : seeds) json["seeds"].push_back(freeze_seed(dataset, seed, identity));
    return json;
  }

  /// Where any of the models was run, with success or not.
  std::vector<std::uint64_t> seeds_of(const std::string& dataset) const {
    std::set<std::uint64_t> seeds;
    for (const std::string& model : models_)
      if (const auto found = records_.regression.find({dataset, model}); found != records_.regression.end())
        for (const auto& [seed, filed] : found->second) seeds.insert(seed);
    for (const FailedCell& failure : records_.gaps.failures)
      if (failure.entry.dataset == dataset && failure.entry.criterion.empty() && contains(models_, failure.entry.model))
        seeds.insert(failure.seed);
    return {seeds.begin(), seeds.end()};
  }

  const std::set<std::string>& made_by() const { return made_by_; }

 private:
  const StoredRecord& record_of(const std::string& dataset, const std::string& model, std::uint64_t seed) const {
    if (const StoredRecord* found = records_.find(dataset, model, seed)) return *found;
    std::string why = "has no prediction";
    for (const auto& [entry, failed_seed, kind, message] : records_.gaps.failures)
      if (entry.dataset == dataset && entry.model == model && entry.criterion.empty() && failed_seed == seed)
        why = fmt::format("failed ({})", message);
    fail(
        ErrorKind::data,
        "{} seed {}: model '{}' {}; run it, or leave it out by --models, --datasets or --seeds: a pool has every model "
        "on every data set and seed",
        dataset, seed, model, why);
  }

  OrderedJson freeze_seed(const std::string& dataset, std::uint64_t seed, const Json& identity) {
    OrderedJson json = {{"seed", seed}};
    SharedTestPoints test(fmt::format("{} seed {}", dataset, seed));
    OrderedJson predictions = OrderedJson::object();
    for (const std::string& model : models_) {
      const StoredRecord& filed = record_of(dataset, model, seed);
      const Json& own = filed.identity();
      require(own.at("dataset") == identity.at("dataset") && own.at("protocol") == identity.at("protocol"),
              ErrorKind::data, "{} seed {}: models '{}' and '{}' were tested on other data", dataset, seed,
              models_.front(), model);
      const StoredPrediction stored = filed.stored_prediction();
      test.add(model, stored);
      const EvaluationData evaluation{.y = stored.y, .n_pool = stored.n_pool, .oracle = std::nullopt};
      json["n_test"] = evaluation.n_test();
      predictions[model] = write(filed.id + ".npz", test_part(evaluation, stored.prediction));
      made_by_.insert(filed.made_by);
    }
    json["test_rows"] = test.hashes().rows;
    json["targets"] = test.hashes().targets;
    json["predictions"] = std::move(predictions);
    return json;
  }

  OrderedJson write(const std::string& name, const JointPrediction& prediction) const {
    OrderedJson json = {{"file", name}};
    write_atomically(folder_.path() / name, [&](const fs::path& temporary) {
      save_reference(prediction, precision_, temporary);
      json["sha256"] = sha256_hex_of_file(temporary);
      json["bytes"] = fs::file_size(temporary);
    });
    return json;
  }

  const RunIndex& records_;
  const std::vector<std::string>& models_;
  Precision precision_;
  const DraftFolder& folder_;
  std::set<std::string> made_by_;
};

}  // namespace

RunGaps missing_references(const std::vector<Store>& stores, const FreezeRequest& request) {
  const RunIndex records = index_runs(stores);
  const auto models = read_labels(request.models, records.models, "--models");
  const auto datasets = read_labels(request.datasets, records.datasets, "--datasets");
  RunGaps gaps = regression_gaps(records, [&](const PlanEntry& entry, std::uint64_t seed) {
    return contains(models, entry.model) && (datasets.empty() || contains(datasets, entry.dataset)) &&
           (request.seeds.empty() || std::count(request.seeds.begin(), request.seeds.end(), seed) > 0);
  });
  gaps.failures.clear();
  return gaps;
}

fs::path freeze_references(const std::vector<Store>& stores, const FreezeRequest& request) {
  check_request(request);
  const fs::path folder = request.out / pool_title(request.name, request.version);
  require(!fs::exists(folder), ErrorKind::config, "{}: is there already, and a version never changes; use --version {}",
          folder.string(), request.version + 1);
  const RunIndex records = index_runs(stores);
  const std::vector<std::string> models = read_labels(request.models, records.models, "--models");
  require(!models.empty(), ErrorKind::config, "--models: no model was given");
  for (const std::string& model : models)
    require(records.controls.count(model) == 0, ErrorKind::config,
            "--models: '{}' is a control; its correlations are wrong on purpose, so it is no reference", model);
  make_folder(request.out);
  const DraftFolder draft(folder);
  OrderedJson pool = {{"schema", kReferencesSchema}, {"name", request.name}, {"version", request.version}};
  pool["precision"] = request.precision == Precision::single ? "single" : "double";
  pool["models"] = models;
  Freezer freezer(records, models, request.precision, draft);
  pool["datasets"] = OrderedJson::object();
  for (const std::string& dataset :
       request.datasets.empty() ? records.datasets : read_labels(request.datasets, records.datasets, "--datasets"))
    // A run that was restricted names data sets that it left out.
    if (!request.datasets.empty() || !freezer.seeds_of(dataset).empty())
      pool["datasets"][dataset] = freezer.freeze(dataset, request.seeds);
  require(!pool["datasets"].empty(), ErrorKind::data, "none of the models {} was run", comma_list(models));
  pool["provenance"] = {{"frozen_by", provenance()}, {"predictions_by", freezer.made_by()}};
  write_text_atomically(draft.path() / "pool.json", pool.dump(1) + "\n");
  draft.put_in_place();
  return folder;
}

}  // namespace predcorr
