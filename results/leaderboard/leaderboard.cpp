// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/leaderboard.hpp"

#include <algorithm>
#include <tuple>

#include "core/base/text.hpp"
#include "results/leaderboard/cross_scores.hpp"
#include "results/leaderboard/score_table.hpp"
#include "results/leaderboard/split_overlap.hpp"

namespace predcorr {
namespace {

void add_scores(const CrossScores& scores, DatasetTables& tables) {
  for (const auto& [seed, models] : scores)
    for (const ContenderScores& model : models)
      for (const Score& score : model.scores) tables[model.label].add(seed, score);
}

std::vector<ScoreSummary> summaries_of(const ScoreTable& table, double overlap) {
  std::vector<ScoreSummary> summaries;
  for (const Series& s : table.series())
    if (!s.values.empty()) summaries.push_back({s.key(), s.summary(overlap), s.values});
  return summaries;
}

std::vector<AbsentScore> absent_of(const ScoreTable& table) {
  std::vector<AbsentScore> absent;
  for (const Series& s : table.series())
    if (s.values.empty()) absent.push_back({s.key(), s.reason});
  return absent;
}

std::optional<CostSummary> cost_of(const BySeed& records) {
  if (records.empty()) return std::nullopt;
  std::vector<double> fit, predict, cpu, peak;
  for (const auto& [seed, record] : records) {
    fit.push_back(record->cost.fit_seconds);
    predict.push_back(record->cost.predict_seconds);
    if (record->cost.cpu_seconds) cpu.push_back(*record->cost.cpu_seconds);
    peak.push_back(record->cost.peak_bytes);
  }
  std::optional<Summary> processor;
  if (cpu.size() == fit.size()) processor = summarise(cpu);
  return CostSummary{summarise(fit), summarise(predict), processor, summarise(peak)};
}

/// What the first suite that says so names; else the model called constant and the oracle, where they are.
ScoreAnchors score_anchors(const RunIndex& records) {
  ScoreAnchors anchors;
  for (const Run& run : records.runs) {
    const Json& named = run.suite.value("normalised_by", Json::object());
    if (anchors.floor.empty()) anchors.floor = named.value("floor", "");
    if (anchors.ceiling.empty()) anchors.ceiling = named.value("ceiling", "");
  }
  const auto known = [&](const char* label) { return contains(records.models, label) ? label : ""; };
  if (anchors.floor.empty()) anchors.floor = known("constant");
  if (anchors.ceiling.empty()) anchors.ceiling = known("oracle");
  return anchors;
}

/// By data set, model and axis.
using CostTables = std::map<std::tuple<std::string, std::string, std::string>, SeedValues>;

CostTables cost_tables(const RunIndex& records) {
  CostTables costs;
  for (const auto& [cell, by_seed] : records.regression)
    for (const auto& [seed, record] : by_seed)
      for (const CostAxis& axis : kCostAxes)
        if (const std::optional<double> cost = axis.of(record->cost))
          costs[{cell.first, cell.second, axis.name}][seed] = *cost;
  return costs;
}

class Board {
 public:
  Board(const std::vector<Store>& stores, const ReferencePool* pool, const BoardQuestions& questions)
      : records_(index_runs(stores)),
        pool_(pool),
        cross_metrics_(cross_metrics_of(records_.runs, pool != nullptr)),
        no_contenders_(records_.unranked) {
    for (const auto& [control, base] : records_.controls) no_contenders_.push_back(control);
    const ScoreCatalogue& catalogue = score_catalogue();
    if (!questions.combine.empty()) weights_ = read_weights(questions.combine, "--combine", catalogue.ranked());
    if (!questions.pareto.empty()) axes_ = read_pareto_axes(questions.pareto, "--pareto", catalogue);
  }

  Leaderboard make() {
    for (const Run& run : records_.runs) board_.suites.push_back(suite_of(run));
    board_.metrics = score_catalogue();
    board_.models = records_.models;
    board_.unranked = records_.unranked;
    if (pool_ != nullptr) begin_pool();
    AllTables tables;
    for (const std::string& dataset : records_.datasets)
      board_.datasets.push_back(results_of(dataset, tables[dataset]));
    std::map<std::string, const ScoreComparisons*> comparisons;
    for (const DatasetResults& dataset : board_.datasets) comparisons[dataset.label] = &dataset.comparisons;
    board_.normalised_by = score_anchors(records_);
    board_.overall = compare_overall(records_.models, comparisons, board_.metrics, board_.normalised_by, tables);
    answer_requests(comparisons, tables);
    for (const auto& curve : records_.learning) add_curves(curve);
    board_.gaps = std::move(records_.gaps);
    return std::move(board_);
  }

 private:
  /// What suites and the reader ask for beside the usual.
  void answer_requests(const std::map<std::string, const ScoreComparisons*>& comparisons, const AllTables& tables) {
    std::vector<BoardRequest> requests;
    for (const Run& run : records_.runs)
      requests.push_back(read_board_request(run.suite, fmt::format("suite '{}'", run.name())));
    BoardRequest request = joined(requests);
    if (!weights_.empty()) request.combined = weights_;
    board_.primary = request.primary;
    for (const DatasetGroup& group : request.groups) {
      GroupResults& results = board_.groups.emplace_back(GroupResults{group.name, {}, {}});
      std::map<std::string, const ScoreComparisons*> of_group;
      for (const DatasetResults& dataset : board_.datasets)
        if (contains(group.datasets, dataset.label)) {
          results.datasets.push_back(dataset.label);
          of_group[dataset.label] = comparisons.at(dataset.label);
        }
      results.overall = compare_overall(records_.models, of_group, board_.metrics, board_.normalised_by, tables);
    }
    const ScoreSource source = score_source(tables);
    ScoreSource without_controls = source;  // whose means are their base's
    std::erase_if(without_controls.models,
                  [&](const std::string& label) { return records_.controls.count(label) > 0; });
    if (!request.combined.empty())
      board_.combined = combine(without_controls, request.combined, board_.metrics, board_.normalised_by.floor,
                                board_.normalised_by.ceiling);
    for (const Finding& finding : request.findings) board_.findings.push_back(check_finding(finding, source));
    if (axes_) add_pareto(source);
  }

  /// @param tables must outlive it
  ScoreSource score_source(const AllTables& tables) const {
    ScoreSource source;
    for (const DatasetResults& dataset : board_.datasets) source.datasets.push_back({dataset.label, dataset.overlap});
    source.models = records_.models;
    source.find = [&tables](const std::string& dataset, const std::string& model,
                            const ScoreKey& key) -> const SeedValues* {
      const auto of_dataset = tables.find(dataset);
      if (of_dataset == tables.end()) return nullptr;
      const auto table = of_dataset->second.find(model);
      const Series* series = table == of_dataset->second.end() ? nullptr : table->second.find(key);
      return series == nullptr || series->values.empty() ? nullptr : &series->values;
    };
    return source;
  }

  void add_pareto(const ScoreSource& scores) {
    const CostTables costs = cost_tables(records_);
    ScoreSource source = scores;
    source.find = [&](const std::string& dataset, const std::string& model, const ScoreKey& key) -> const SeedValues* {
      const auto cost = costs.find({dataset, model, key.text()});
      return cost != costs.end() ? &cost->second : scores.find(dataset, model, key);
    };
    board_.pareto = pareto_fronts(source, no_contenders_, *axes_, board_.metrics);
  }

  void begin_pool() {
    board_.pool = PoolResults{pool_->name(), pool_->version(), pool_->sha256(), {}, {}};
    for (const std::string& model : pool_->models()) board_.pool->models.push_back(pool_->label_of(model));
  }

  DatasetResults results_of(const std::string& dataset, DatasetTables& tables) {
    DatasetResults results;
    results.label = dataset;
    for (const std::string& model : records_.models) {
      const auto found = records_.regression.find({dataset, model});
      if (found == records_.regression.end()) continue;
      for (const auto& [seed, record] : found->second) {
        for (const Score& score : record->scores()) tables[model].add(seed, score);
        results.rows = RowCounts{record->n_train, record->n_pool, record->n_test};
      }
    }
    if (results.rows) results.overlap = split_overlap(records_.runs, dataset, *results.rows);
    add_cross_scores(dataset, results.overlap, tables);
    for (const auto& [entry, cells] : records_.plan)
      if (entry.dataset == dataset && entry.criterion.empty())
        results.models.push_back(model_of(entry, tables, results.overlap));
    results.comparisons = compare_scores(tables, no_contenders_, board_.metrics, results.overlap);
    results.controls = compare_controls(records_.controls, tables, board_.metrics, results.overlap);
    return results;
  }

  void add_cross_scores(const std::string& dataset, double overlap, DatasetTables& tables) {
    if (pool_ == nullptr) return add_scores(cross_scores(records_, dataset, cross_metrics_), tables);
    const PooledCrossScores scores = cross_scores(records_, dataset, cross_metrics_, *pool_);
    add_scores(scores.models, tables);
    DatasetTables frozen;
    add_scores(scores.frozen, frozen);
    for (const std::string& label : board_.pool->models)
      if (const auto table = frozen.find(label); table != frozen.end())
        board_.pool->datasets[dataset].push_back({label, summaries_of(table->second, overlap)});
  }

  ModelResults model_of(const PlanEntry& entry, const DatasetTables& tables, double overlap) const {
    const BySeed& records = records_.regression.at({entry.dataset, entry.model});
    ModelResults model{entry.model,           records_.count(entry), {}, {}, expected_scores(records),
                       fit_warnings(records), cost_of(records)};
    if (const auto table = tables.find(entry.model); table != tables.end()) {
      model.scores = summaries_of(table->second, overlap);
      model.absent = absent_of(table->second);
    }
    return model;
  }

  double overlap_of(const std::string& dataset) const {
    const auto found = std::ranges::find(board_.datasets, dataset, &DatasetResults::label);
    return found == board_.datasets.end() ? 0.0 : found->overlap;
  }

  void add_curves(const RunIndex::Curve& curve) {
    auto& all = board_.learning;
    auto same = std::find_if(all.begin(), all.end(),
                             [&](const DatasetCurves& curves) { return curves.dataset == curve.entry.dataset; });
    if (same == all.end()) same = all.insert(all.end(), {curve.entry.dataset, {}});
    for (LearningCurve& one :
         learning_curves(curve, records_.count(curve.entry).planned, overlap_of(curve.entry.dataset)))
      same->curves.push_back(std::move(one));
  }

  RunIndex records_;
  const ReferencePool* pool_;
  std::vector<WeightedScore> weights_;
  std::optional<ParetoAxes> axes_;
  std::vector<std::shared_ptr<const CrossMetric>> cross_metrics_;
  std::vector<std::string> no_contenders_;
  Leaderboard board_;
};

}  // namespace

const Summary* find_summary(const std::vector<ScoreSummary>& scores, const ScoreKey& key) {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const ScoreSummary& s) { return s.key == key; });
  return found == scores.end() ? nullptr : &found->summary;
}

const ModelResults* DatasetResults::find(const std::string& model) const {
  const auto found =
      std::find_if(models.begin(), models.end(), [&](const ModelResults& m) { return m.label == model; });
  return found == models.end() ? nullptr : &*found;
}

const AcceptedEntry* Leaderboard::entry_of(const std::string& model) const {
  for (const SuiteOfRun& suite : suites)
    if (const auto found = suite.entries.find(model); found != suite.entries.end()) return &found->second;
  return nullptr;
}

Leaderboard make_leaderboard(const std::vector<Store>& stores, const ReferencePool* pool,
                             const BoardQuestions& questions) {
  require(!stores.empty(), ErrorKind::config, "leaderboard: no run folder was given");
  return Board(stores, pool, questions).make();
}

}  // namespace predcorr
