// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/leaderboard.hpp"

#include <map>

#include "results/leaderboard/control_comparison.hpp"
#include "results/leaderboard/cross_scores.hpp"
#include "results/leaderboard/fit_warnings.hpp"
#include "results/leaderboard/learning_curves.hpp"
#include "results/leaderboard/score_comparison.hpp"
#include "results/leaderboard/score_descriptions.hpp"
#include "results/leaderboard/score_table.hpp"
#include "results/store/run_gaps.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {
namespace {

using DatasetTables = std::map<std::string, ScoreTable>;  // by model label

OrderedJson models_to_json(const std::vector<std::string>& labels, const DatasetTables& tables, OrderedJson& absent) {
  OrderedJson models = OrderedJson::object();
  for (const std::string& label : labels) {
    const auto table = tables.find(label);
    if (table == tables.end()) continue;
    OrderedJson& model = models[label] = OrderedJson::object();
    for (const Series& s : table->second.series()) {
      if (s.values.empty()) {
        absent[label][s.key()] = s.reason;
        continue;
      }
      OrderedJson summary = to_ordered_json(s.summary());
      if (s.part.empty())
        model[s.name] = std::move(summary);
      else
        model[s.name][s.part] = std::move(summary);
    }
  }
  return models;
}

OrderedJson metrics_to_json(const std::map<std::string, ScoreInfo>& infos) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [key, info] : infos)
    json[key] = {{"unit", info.unit}, {"better", to_string(info.direction)}, {"meaning", info.meaning}};
  return json;
}

OrderedJson costs_to_json(const RunIndex& records) {
  OrderedJson costs = OrderedJson::object();
  for (const std::string& dataset : records.datasets)
    for (const std::string& model : records.models) {
      const auto found = records.regression.find({dataset, model});
      if (found == records.regression.end() || found->second.empty()) continue;
      std::vector<double> fit, predict, peak;
      for (const auto& [seed, filed] : found->second) {
        fit.push_back(filed->cost.fit_seconds);
        predict.push_back(filed->cost.predict_seconds);
        peak.push_back(filed->cost.peak_bytes);
      }
      costs[dataset][model] = {{"fit_seconds", to_ordered_json(summarise(fit))},
                               {"predict_seconds", to_ordered_json(summarise(predict))},
                               {"peak_bytes", to_ordered_json(summarise(peak))}};
    }
  return costs;
}

void add_scores(const CrossScores& scores, DatasetTables& tables) {
  for (const auto& [seed, models] : scores)
    for (const ContenderScores& model : models)
      for (const Score& score : model.scores) tables[model.label].add(seed, score);
}

/// Which pool judged, and what its models are worth among themselves, by data set and frozen label.
OrderedJson pool_to_json(const ReferencePool& pool, const std::map<std::string, DatasetTables>& frozen) {
  OrderedJson json = {{"name", pool.name()}, {"version", pool.version()}, {"sha256", pool.sha256()}};
  std::vector<std::string> labels;
  for (const std::string& model : pool.models()) labels.push_back(pool.label_of(model));
  json["models"] = labels;
  json["datasets"] = OrderedJson::object();
  OrderedJson absent;
  for (const auto& [dataset, tables] : frozen)
    if (!tables.empty()) json["datasets"][dataset] = models_to_json(labels, tables, absent);
  return json;
}

}  // namespace

OrderedJson make_leaderboard(const std::vector<Store>& stores, const ReferencePool* pool) {
  require(!stores.empty(), ErrorKind::config, "leaderboard: no run folder was given");
  const RunIndex records = index_runs(stores);
  const auto cross_metrics = cross_metrics_of(records.runs, pool != nullptr);
  const auto infos = described_scores();

  OrderedJson board = {{"schema", kLeaderboardSchema}, {"suites", OrderedJson::array()}};
  OrderedJson provenance = OrderedJson::array();
  for (const Run& run : records.runs) {
    board["suites"].push_back({{"name", run.name()}, {"protocol", run.protocol}});
    if (run.suite.contains("columns")) board["suites"].back()["columns"] = run.suite.at("columns");
    Json data = Json::array();
    for (const RunDataset& dataset : run.datasets) data.push_back(to_json(dataset));
    provenance.push_back({{"suite", run.suite}, {"datasets", std::move(data)}, {"made_by", run.provenance}});
  }
  board["metrics"] = metrics_to_json(infos);
  board["references"] = records.references;

  std::vector<std::string> no_contenders = records.references;
  for (const auto& [control, base] : records.controls) no_contenders.push_back(control);
  std::map<std::string, DatasetTables> frozen;
  std::map<std::string, std::map<std::string, ScoreComparison>> comparisons;
  OrderedJson& datasets = board["datasets"] = OrderedJson::object();
  OrderedJson controls = OrderedJson::object();
  for (const std::string& dataset : records.datasets) {
    DatasetTables of_dataset;
    OrderedJson rows;
    for (const std::string& model : records.models) {
      const auto found = records.regression.find({dataset, model});
      if (found == records.regression.end()) continue;
      for (const auto& [seed, filed] : found->second) {
        for (const Score& score : filed->scores()) of_dataset[model].add(seed, score);
        rows = {{"train", filed->n_train}, {"pool", filed->n_pool}, {"test", filed->n_test}};
      }
    }
    if (pool == nullptr) {
      add_scores(cross_scores(records, dataset, cross_metrics), of_dataset);
    } else {
      const PooledCrossScores scores = cross_scores(records, dataset, cross_metrics, *pool);
      add_scores(scores.models, of_dataset);
      add_scores(scores.frozen, frozen[dataset]);
    }
    OrderedJson absent = OrderedJson::object();
    OrderedJson models = models_to_json(records.models, of_dataset, absent);
    comparisons[dataset] = compare_scores(of_dataset, no_contenders, infos);
    datasets[dataset] = {{"rows", rows},
                         {"seeds", seeds_to_json(records, dataset)},
                         {"models", std::move(models)},
                         {"absent", std::move(absent)},
                         {"compared_on", to_ordered_json(comparisons[dataset])},
                         {"warnings", fit_warnings(records, dataset)}};
    if (OrderedJson compared = compare_controls(records.controls, of_dataset, infos); !compared.empty())
      controls[dataset] = std::move(compared);
  }
  if (pool != nullptr) board["reference_pool"] = pool_to_json(*pool, frozen);
  board["controls"] = std::move(controls);
  board["overall"] = overall_ranks(records.models, comparisons, infos);
  OrderedJson& learning = board["active_learning"] = OrderedJson::object();
  for (const auto& curve : records.learning)
    add_learning_curves(curve, records.count(curve.entry).planned, learning[curve.entry.dataset]);
  board["missing"] = missing_to_json(records);
  board["damaged"] = damaged_to_json(records);
  board["failures"] = failures_to_json(records);
  board["cost"] = costs_to_json(records);
  board["provenance"] = std::move(provenance);
  return board;
}

}  // namespace predcorr
