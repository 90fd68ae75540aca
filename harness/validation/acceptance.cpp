// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/acceptance.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "harness/plan.hpp"
#include "harness/recompute.hpp"
#include "results/entries/entry.hpp"
#include "results/store/draft_folder.hpp"
#include "results/store/provenance.hpp"
#include "results/text/plain_text.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

/// What a cell of the suite and one of the entry must have in common.
std::string problem_of(const Json& identity) {
  Json problem;
  for (const char* key : {"task", "dataset", "protocol", "seed"}) problem[key] = identity.value(key, Json());
  return problem.dump();
}

/// A cell of the entry.
struct Handed {
  const EntryCell* packed;
  Record claimed;
};

/// A cell of the suite with what the entry has of it.
struct Matched {
  const Cell* cell;
  const Handed* handed;
};

/// What became of it.
struct Judged {
  bool recomputed = false;
  std::string not_checked;    ///< why it could not be recomputed; empty where it was, or failed
  std::string contradiction;  ///< which score its prediction does not give
};

std::string joined_lines(const std::vector<std::string>& lines) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), kMost); ++i) text += "\n  " + lines[i];
  if (lines.size() > kMost) text += fmt::format("\n  and {} more", lines.size() - kMost);
  return text;
}

class Accepting {
 public:
  explicit Accepting(const AcceptanceRequest& request)
      : request_(request),
        entry_(read_entry(request.entry)),
        store_(Store::open_for_reading(request.entry)),
        made_by_(store_.run().provenance),
        source_(read_json_file(request.suite)),
        suite_(suite_of_board(source_, request)),
        problems_(suite_),
        plan_(plan_suite(suite_, problems_)) {
    result_.label = request.label.empty() ? entry_.model : request.label;
    check_label(result_.label, "the row's label");
    result_.row.about = entry_.about;
    result_.row.sha256 = sha256_hex_of_file(request.entry / "entry.json");
    for (const char* key : {"predcorr", "commit", "compiler", "flags", "cpu", "libraries"})  // which boards show
      require(made_by_.contains(key), ErrorKind::data, "{}: run.json: provenance has no \"{}\"", request.entry.string(),
              key);
    read_records();
  }

  Acceptance accept() {
    match();
    require(!matched_.empty(), ErrorKind::data, "{}: has no cell of suite '{}': data, protocol and seeds are others{}",
            request_.entry.string(), suite_.name, joined_lines(result_.left_out));
    if (!request_.partial && !result_.gaps.missing.empty())
      fail(ErrorKind::data, "{}: lacks cells of suite '{}' (--partial takes what is there):{}", request_.entry.string(),
           suite_.name, joined_lines(gap_lines(result_.gaps)));
    if (request_.out.has_parent_path()) make_folder(request_.out.parent_path());
    const DraftFolder draft(request_.out);
    const Store row = Store::open_for_writing(draft.path(), suite_.name);
    judged_.resize(matched_.size());
    parallel_for(std::ssize(matched_), [&](Index i) { judge(static_cast<std::size_t>(i), row); });
    std::vector<std::string> contradictions;
    for (std::size_t i = 0; i < matched_.size(); ++i) count(i, contradictions);
    if (!contradictions.empty())
      fail(ErrorKind::data, "{}: is not accepted, since its predictions do not give the scores it claims:{}",
           request_.entry.string(), joined_lines(contradictions));
    if (!request_.self_reported && !result_.not_checked.empty())
      fail(ErrorKind::data,
           "{}: scores cannot be computed from what was handed in (--self-reported takes them as they are claimed):{}",
           request_.entry.string(), joined_lines(result_.not_checked));
    if (result_.row.claimed == 0) result_.row.state = EntryState::verified;
    row.write_run(run_of_row());
    draft.put_in_place();
    return std::move(result_);
  }

 private:
  static Suite suite_of_board(const Json& source, const AcceptanceRequest& request) {
    Suite suite = suite_for_scores(source, request.suite.string(), folder_of_suite(request.suite));
    suite.folders = folders_of_suite(suite, request.data_folders);
    return suite;
  }

  void read_records() {
    for (const EntryCell& packed : entry_.cells) {
      FiledCell filed = store_.look_up(packed.id);
      require(filed.record.has_value(), ErrorKind::data, "{}", filed.damage);
      const Json& identity = filed.record->identity;
      const std::string key = problem_of(identity), made_with = identity.value("version", std::string("none"));
      require(
          made_with == version(), ErrorKind::config,
          "{}: was made by predcorr {}, this is {}; whoever handed it in must run the suite again with this version",
          request_.entry.string(), made_with, version());
      require(identity.contains("model") && entry_cells_.count(key) == 0, ErrorKind::data,
              "{}: {} seed {}: expected one cell of one model; pack the entry anew by 'predcorr submit'",
              request_.entry.string(), packed.dataset, packed.seed);
      entry_cells_.emplace(key, Handed{&packed, std::move(*filed.record)});
    }
  }

  /// Finds the entry's record for every cell of the suite.
  void match() {
    std::set<std::string> used;
    for (const Cell& cell : plan_.cells) {
      const auto found = entry_cells_.find(problem_of(cell.identity));
      if (found == entry_cells_.end()) {
        add_missing(cell);
        continue;
      }
      used.insert(found->first);
      const Json& model = found->second.claimed.identity.at("model");
      const auto [same, first] = models_.emplace(cell.entry.dataset, model);
      require(first || same->second == model, ErrorKind::data,
              "{}: '{}' has other parameters at seed {} of {} than at seeds before it", request_.entry.string(),
              entry_.model, cell.seed, cell.entry.dataset);
      matched_.push_back({&cell, &found->second});
    }
    for (const auto& [key, handed] : entry_cells_)
      if (used.count(key) == 0)
        result_.left_out.push_back(
            fmt::format("{} seed {}: is no cell of the suite", handed.packed->dataset, handed.packed->seed));
  }

  /// What the plan of the row calls a cell.
  PlanEntry entry_of(const Cell& cell) const {
    PlanEntry entry = cell.entry;
    entry.model = result_.label;
    return entry;
  }

  void add_missing(const Cell& cell) {
    ++result_.row.missing;
    auto& missing = result_.gaps.missing;
    if (missing.empty() || missing.back().entry.dataset != cell.entry.dataset) missing.push_back({entry_of(cell), {}});
    missing.back().seeds.push_back(cell.seed);
  }

  void judge(std::size_t i, const Store& row) {
    const Matched& matched = matched_[i];
    const Record& claimed = matched.handed->claimed;
    Judged& judged = judged_[i];
    try {
      if (claimed.prediction && !claimed.failed) return recompute(matched, row, judged);
      if (!claimed.failed) judged.not_checked = "was handed in without its prediction";
    } catch (const Error& e) {
      judged.not_checked = e.what();
    }
    Record as_claimed = claimed;
    as_claimed.labels = labels_of(entry_of(*matched.cell));
    as_claimed.prediction.reset();
    row.save(std::move(as_claimed), nullptr);
  }

  void recompute(const Matched& matched, const Store& row, Judged& judged) {
    const auto& [packed, claimed] = *matched.handed;
    require(packed->test && claimed.prediction->kept != Keep::scores, ErrorKind::data,
            "entry.json and the record do not agree on what is kept of the prediction");
    StoredPrediction stored = load_prediction_without_targets(store_.cells() / claimed.prediction->name);
    const auto problem = problems_.at(*matched.cell->dataset, matched.cell->seed);
    stored.y = stored.n_pool > 0 ? problem->evaluation().y : problem->evaluation().test_targets();
    if (const std::string other = problem->other_than(stored); !other.empty())
      fail(ErrorKind::data, "the prediction is not of this problem: {}", other);
    const TestHashes own = test_hashes(stored);
    require(own.targets == packed->test->targets && own.rows == packed->test->rows, ErrorKind::data,
            "the prediction was made for other test rows or targets than the suite's");
    Record anew;
    anew.identity = claimed.identity;
    anew.labels = labels_of(entry_of(*matched.cell));
    rescore(suite_, *matched.cell, problems_, stored, anew);
    if (std::string difference =
            score_difference(comparable(claimed, anew), anew, claimed.prediction->kept == Keep::all);
        !difference.empty()) {
      judged.contradiction = std::move(difference);
      return;
    }
    for (const std::string& warning : claimed.warnings)
      if (!contains(anew.warnings, warning)) anew.warnings.push_back(warning);
    anew.diagnostics = claimed.diagnostics;
    anew.log = claimed.log;
    anew.cost = claimed.cost;
    anew.made_by = claimed.made_by;
    anew.n_train = std::ssize(stored.rows.train);
    anew.n_pool = std::ssize(stored.rows.pool);
    anew.n_test = std::ssize(stored.rows.test);
    row.save(std::move(anew), &stored, claimed.prediction->kept);
    judged.recomputed = true;
  }

  /// The claims that can be held against what was computed: those of the suite's metrics with the suite's parameters.
  Record comparable(const Record& claimed, const Record& anew) const {
    std::set<ScoreKey> keys;
    for (const auto& metric : suite_.metrics)
      if (claimed.metrics.value(metric.name, Json()) == anew.metrics.at(metric.name))
        for (const ScoreInfo& info : metric.object->describe()) keys.insert(info.key());
    Record some;
    for (const Score& score : claimed.scores)
      if (keys.count(score.key()) > 0) some.scores.push_back(score);
    return some;
  }

  void count(std::size_t i, std::vector<std::string>& contradictions) {
    const Cell& cell = *matched_[i].cell;
    const std::string where = fmt::format("{} seed {}: ", cell.entry.dataset, cell.seed);
    const Judged& judged = judged_[i];
    if (!judged.contradiction.empty()) contradictions.push_back(where + judged.contradiction);
    if (!judged.not_checked.empty()) result_.not_checked.push_back(where + judged.not_checked);
    AcceptedEntry& row = result_.row;
    ++(matched_[i].handed->claimed.failed ? row.failed : judged.recomputed ? row.recomputed : row.claimed);
  }

  /// The board's suite, with this row alone. A self-reported one is listed among those that win nothing.
  Run run_of_row() const {
    Run run;
    run.suite = source_;
    run.protocol = write_parameters(suite_.protocol);
    run.datasets = plan_.datasets;
    run.models = {result_.label};
    if (result_.row.state != EntryState::verified) run.unranked = run.models;
    run.entries[result_.label] = result_.row;
    for (const auto& metric : suite_.cross_metrics)
      run.cross_metrics.push_back({.name = metric.name, .parameters = metric.parameters});
    run.plan = planned_row();
    // Of the machine that ran it, to which its costs belong.
    run.provenance = made_by_;
    run.provenance["accepted_by"] = provenance();
    return run;
  }

  std::vector<PlannedCells> planned_row() const {
    std::vector<PlannedCells> plan;
    for (const Cell& cell : plan_.cells) {
      const auto model = models_.find(cell.entry.dataset);
      Json identity = cell.identity;
      identity["model"] = model != models_.end() ? model->second : models_.begin()->second;
      if (plan.empty() || plan.back().entry.dataset != cell.entry.dataset) {
        PlanEntry entry = entry_of(cell);
        entry.configuration = configuration_id(identity);
        plan.push_back({std::move(entry), {}});
      }
      plan.back().cells[cell.seed] = cell_id(identity);
    }
    return plan;
  }

  const AcceptanceRequest& request_;
  const Entry entry_;
  const Store store_;
  const Json made_by_;  // program and machine
  const Json source_;
  Suite suite_;
  Problems problems_;
  const Plan plan_;
  std::map<std::string, Handed> entry_cells_;  // by problem_of
  std::map<std::string, Json> models_;         // what identities say of the model, by data set
  std::vector<Matched> matched_;
  std::vector<Judged> judged_;
  Acceptance result_;
};

}  // namespace

Acceptance accept_entry(const AcceptanceRequest& request) {
  require(!fs::exists(request.out), ErrorKind::config, "{}: is there already; use another --out, or remove it",
          request.out.string());
  return Accepting(request).accept();
}

}  // namespace predcorr
