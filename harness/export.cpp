// SPDX-License-Identifier: Apache-2.0
#include "harness/export.hpp"

#include <algorithm>
#include <set>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "harness/problem_at_seed.hpp"
#include "harness/suites/suite.hpp"
#include "results/store/run_index.hpp"
#include "results/submission/problem_file.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

/// Letters, digits and a few signs stay, everything else becomes '_'; long ones are cut; a name that is taken gets a
/// number.
std::string file_name(const std::string& label, std::set<std::string>& taken) {
  std::string name = label;
  for (char& c : name) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      (c != '\0' && std::string("-_.+,@").find(c) != std::string::npos);
    if (!safe) c = '_';
  }
  if (name.empty() || name.front() == '.') name.insert(0, "_");  // neither hidden nor a way out of the folder
  constexpr std::size_t kLongest = 200;  // file systems allow 255 bytes, and something is added to it
  name.resize(std::min(name.size(), kLongest));
  std::string unique = name;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = fmt::format("{}-{}", name, i);
  return unique;
}

/// Data at hand that are not those of the run: nothing may be made of both.
struct ChangedData : Error {
  explicit ChangedData(const std::string& message) : Error(ErrorKind::data, message) {}
};

class Exporter {
 public:
  Exporter(const Store& store, const fs::path& out, const ExportOptions& options)
      : out_(out), options_(options), stores_{store}, records_(index_runs(stores_)), run_(records_.runs.front()) {
    for (const std::string& label : options.only) {
      const bool is_model = contains(records_.models, label), is_dataset = contains(records_.datasets, label);
      if (!is_model && !is_dataset) {
        std::vector<std::string> known = records_.models;
        known.insert(known.end(), records_.datasets.begin(), records_.datasets.end());
        fail(ErrorKind::config, "--only: nothing in {} is labelled '{}'{}", store.folder().string(), label,
             suggestion(label, known));
      }
      if (is_model) models_.push_back(label);
      if (is_dataset) datasets_.push_back(label);
    }
    try {
      suite_ = read_suite(run_.suite, (store.folder() / "run.json").string());
      suite_->folders = folders_of_run(run_, options.data_folders);
    } catch (const Error& e) {  // written where a data set, a model or a plug-in was that is not here
      no_suite_ = e.what();
    }
  }

  std::vector<ExportedProblem> run() {
    std::vector<ExportedProblem> all;
    std::set<std::string> taken;
    for (const std::string& dataset : records_.datasets) {
      if (!datasets_.empty() && !contains(datasets_, dataset)) continue;
      const fs::path folder = out_ / file_name(dataset, taken);
      for (const std::uint64_t seed : seeds_of(dataset)) {
        ExportedProblem problem = export_problem(dataset, seed, folder / fmt::format("seed-{}", seed));
        if (!problem.predictions.empty()) all.push_back(std::move(problem));
      }
    }
    require(!all.empty(), ErrorKind::data, "{}: there is no stored prediction {}; a run with --keep scores keeps none",
            stores_[0].folder().string(),
            options_.only.empty() && !options_.seeds ? "in it" : "of what --only and --seeds leave");
    return all;
  }

 private:
  std::set<std::uint64_t> seeds_of(const std::string& dataset) const {
    std::set<std::uint64_t> seeds;
    for (const auto& [key, by_seed] : records_.regression)
      if (key.first == dataset)
        for (const auto& [seed, filed] : by_seed) seeds.insert(seed);
    if (!options_.seeds) return seeds;
    std::set<std::uint64_t> wanted;
    for (const std::uint64_t seed : *options_.seeds)
      if (seeds.count(seed) > 0) wanted.insert(seed);
    return wanted;
  }

  const StoredRecord* find(const std::string& dataset, const std::string& model, std::uint64_t seed) const {
    const StoredRecord* found = records_.find(dataset, model, seed);
    return found == nullptr || !found->prediction ? nullptr : found;
  }

  ExportedProblem export_problem(const std::string& dataset, std::uint64_t seed, const fs::path& folder) const {
    ExportedProblem exported{folder, {}, {}, ""};
    std::optional<EvaluationData> evaluation;
    std::optional<ImageShape> image;
    std::set<std::string> taken = {"problem"};
    std::vector<std::pair<std::string, const StoredRecord*>> models;
    for (const std::string& model : records_.models)
      if (const StoredRecord* filed = find(dataset, model, seed))
        if (models_.empty() || contains(models_, model)) models.emplace_back(model, filed);
    // The problem has a pool if any prediction has one.
    std::stable_partition(models.begin(), models.end(),
                          [](const auto& each) { return each.second->prediction->kept != Keep::test; });
    for (const auto& [model, filed] : models) {
      const StoredPrediction stored = filed->stored_prediction();
      if (!evaluation) {
        make_folder(folder);
        evaluation = outcome_of(dataset, seed, stored, exported.without_data, image);
        write_atomically(folder / "problem.npz",
                         [&](const fs::path& file) { save_evaluation_data(*evaluation, file, image); });
      }
      // Never of the first, whose rows they are. A prediction may leave the pool out.
      const Index n_test = stored.y.size() - stored.n_pool;
      if (evaluation->n_test() != n_test || evaluation->test_targets() != stored.y.tail(n_test) ||
          (stored.n_pool > 0 && evaluation->y != stored.y))
        fail(ErrorKind::data, "{} seed {}: model '{}' predicted other rows than '{}'", dataset, seed, model,
             exported.predictions.back().first);
      const std::string name = file_name(model, taken) + ".npz";
      write_atomically(folder / name, [&](const fs::path& file) { save_submission(stored.prediction, file); });
      exported.predictions.emplace_back(model, name);
      if (filed->prediction->kept != Keep::all) exported.in_part.push_back(model);
    }
    return exported;
  }

  /// SHA-256 of a data set's file when the suite was run; empty for generated data.
  std::string recorded_hash(const std::string& dataset) const {
    for (const RunDataset& about : run_.datasets)
      if (about.label == dataset) return about.sha256;
    return "";
  }

  /// The request by which the data set's file is the one that was run on: by the rule of `run`, or else, where several
  /// folders have a file of that name, the first that is the same byte for byte.
  /// @throws Error (io) where there is no file, (data) where there are only others
  DataRequest request_of(const Labelled<DatasetSource>& labelled, std::uint64_t seed) const {
    DataRequest usual = suite_->request(seed);
    const std::string wanted = recorded_hash(labelled.label), got = labelled.plugin.object->content_hash(usual);
    if (got == wanted) return usual;
    for (const fs::path& folder : suite_->folders) {
      DataRequest there = usual;
      there.folders = {folder};
      try {
        if (labelled.plugin.object->content_hash(there) == wanted) return there;
      } catch (const Error&) {  // not in this folder
      }
    }
    throw ChangedData(fmt::format(
        "data set '{}' has changed since the suite was run: its file had SHA-256 {}, now {}. Stored predictions do not "
        "belong to it; put the old file back or give its folder by --data, or run the suite again",
        labelled.label, wanted, got));
  }

  EvaluationData outcome_of(const std::string& dataset, std::uint64_t seed, const StoredPrediction& stored,
                            std::string& without_data, std::optional<ImageShape>& image) const {
    EvaluationData evaluation{.y = stored.y, .n_pool = stored.n_pool, .oracle = std::nullopt};
    try {
      require(suite_.has_value(), ErrorKind::config, "{}", no_suite_);
      const auto labelled = std::find_if(suite_->datasets.begin(), suite_->datasets.end(),
                                         [&](const auto& d) { return d.label == dataset; });
      require(labelled != suite_->datasets.end(), ErrorKind::data, "the suite has no data set '{}'", dataset);
      const ProblemAtSeed problem(*labelled->plugin.object, request_of(*labelled, seed));
      const std::string other = problem.other_than(stored);
      require(other.empty(), ErrorKind::data, "data set '{}' is not what it was when the suite was run: {}", dataset,
              other);
      evaluation = stored.n_pool > 0 ? problem.evaluation() : problem.test_evaluation();
      image = problem.problem().dataset().image;
    } catch (const ChangedData&) {
      throw;
    } catch (const Error& e) {
      without_data = e.what();
      evaluation.oracle.reset();
      for (const std::string& model : records_.models) {
        const StoredRecord* filed = find(dataset, model, seed);
        if (filed == nullptr || filed->identity().at("model").at("name") != "oracle") continue;
        const StoredPrediction oracle = filed->stored_prediction();
        if (oracle.y == stored.y) evaluation.oracle = oracle.prediction;
      }
    }
    return evaluation;
  }

  fs::path out_;
  ExportOptions options_;
  std::vector<Store> stores_;
  RunIndex records_;
  const Run& run_;
  std::vector<std::string> models_, datasets_;
  std::optional<Suite> suite_;
  std::string no_suite_;
};

}  // namespace

std::vector<ExportedProblem> export_run(const Store& store, const fs::path& out, const ExportOptions& options) {
  return Exporter(store, out, options).run();
}

}  // namespace predcorr
