// SPDX-License-Identifier: Apache-2.0
// leaderboard.json, of leaderboard.hpp.
#include <algorithm>

#include "results/leaderboard/leaderboard.hpp"
#include "results/text/seed_ranges.hpp"

namespace predcorr {
namespace {

OrderedJson scores_to_json(const std::vector<ScoreSummary>& scores) {
  OrderedJson json = OrderedJson::object();
  for (const ScoreSummary& score : scores)
    (score.key.part.empty() ? json[score.key.name] : json[score.key.name][score.key.part]) =
        to_ordered_json(score.summary);
  return json;
}

/// By key.
OrderedJson metrics_to_json(const ScoreCatalogue& catalogue) {
  std::vector<ScoreInfo> infos = catalogue.scores();
  std::ranges::stable_sort(infos, {}, &ScoreInfo::key);
  OrderedJson json = OrderedJson::object();
  for (const ScoreInfo& info : infos)
    json[info.key().text()] = {{"unit", info.unit}, {"better", to_string(info.direction)}, {"meaning", info.meaning}};
  return json;
}

OrderedJson comparisons_to_json(const std::map<ScoreKey, ScoreComparison>& comparisons) {
  OrderedJson all = OrderedJson::object();
  for (const auto& [key, comparison] : comparisons) {
    OrderedJson& json = all[key.text()] = {{"seeds", seed_ranges(comparison.common.seeds)},
                                           {"n", comparison.common.seeds.size()},
                                           {"best", comparison.best}};
    if (!comparison.common.left_out.empty()) json["left_out"] = comparison.common.left_out;
  }
  return all;
}

OrderedJson warnings_to_json(const std::vector<FitWarning>& warnings) {
  OrderedJson list = OrderedJson::array();
  for (const FitWarning& w : warnings)
    list.push_back({{"text", w.text}, {"seeds", seed_ranges(w.seeds)}, {"n", w.seeds.size()}});
  return list;
}

/// @param labels in the order of models
OrderedJson dataset_to_json(const DatasetResults& dataset, const std::vector<std::string>& labels) {
  OrderedJson rows, seeds = OrderedJson::object(), models = OrderedJson::object(), absent = OrderedJson::object(),
                    warnings = OrderedJson::object();
  if (dataset.rows) rows = {{"train", dataset.rows->train}, {"pool", dataset.rows->pool}, {"test", dataset.rows->test}};
  for (const ModelResults& model : dataset.models)
    seeds[model.label] = {{"planned", model.seeds.planned}, {"done", model.seeds.done}, {"failed", model.seeds.failed}};
  for (const std::string& label : labels) {
    const ModelResults* model = dataset.find(label);
    if (model == nullptr) continue;
    if (model->has_scores()) models[label] = scores_to_json(model->scores);
    for (const AbsentScore& score : model->absent) absent[label][score.key.text()] = score.reason;
    if (!model->warnings.empty()) warnings[label] = warnings_to_json(model->warnings);
  }
  return {{"rows", std::move(rows)},
          {"seeds", std::move(seeds)},
          {"models", std::move(models)},
          {"absent", std::move(absent)},
          {"compared_on", comparisons_to_json(dataset.comparisons)},
          {"warnings", std::move(warnings)}};
}

OrderedJson pool_to_json(const PoolResults& pool) {
  OrderedJson json = {{"name", pool.name}, {"version", pool.version}, {"sha256", pool.sha256}, {"models", pool.models}};
  OrderedJson& datasets = json["datasets"] = OrderedJson::object();
  for (const auto& [dataset, models] : pool.datasets) {
    datasets[dataset] = OrderedJson::object();
    for (const FrozenResults& model : models) datasets[dataset][model.label] = scores_to_json(model.scores);
  }
  return json;
}

OrderedJson controls_to_json(const std::vector<ControlComparison>& controls) {
  OrderedJson all = OrderedJson::object();
  for (const ControlComparison& control : controls) {
    OrderedJson scores = OrderedJson::object();
    for (const ScoreDifference& score : control.scores) {
      OrderedJson& json = scores[score.key.text()] = to_ordered_json(score.difference);
      json["verdict"] = to_string(score.verdict);
    }
    all[control.control] = {{"base", control.base}, {"scores", std::move(scores)}};
  }
  return all;
}

OrderedJson overall_to_json(const std::vector<OverallRanks>& overall) {
  OrderedJson json = OrderedJson::object();
  for (const OverallRanks& model : overall)
    for (const auto& [key, rank] : model.scores)
      json[model.label][key.text()] = {{"mean_rank", rank.mean}, {"datasets", rank.datasets}};
  return json;
}

OrderedJson curve_to_json(const LearningCurve& curve) {
  OrderedJson json = {{"criterion", curve.criterion}};
  json["selector"] = curve.selector.empty() ? OrderedJson() : OrderedJson(curve.selector);
  json["predictor"] = curve.predictor;
  json["seeds"] = curve.seeds;
  json["planned"] = curve.planned;
  json["n_train"] = curve.n_train;
  for (const auto& [key, rounds] : curve.scores)
    for (const std::optional<Summary>& summary : rounds)
      json["rounds"][key.text()].push_back(summary ? to_ordered_json(*summary) : OrderedJson());
  for (const auto& [key, mean] : curve.mean_over_curve) json["mean_over_curve"][key.text()] = to_ordered_json(mean);
  if (!curve.stopped) return json;
  OrderedJson& early =
      json["stopped"] = {{"seeds", curve.stopped->seeds}, {"n_train", to_ordered_json(curve.stopped->n_train)}};
  early["last"] = OrderedJson::object();
  for (const auto& [key, summary] : curve.stopped->last) early["last"][key.text()] = to_ordered_json(summary);
  return json;
}

OrderedJson costs_to_json(const Leaderboard& board) {
  OrderedJson costs = OrderedJson::object();
  for (const DatasetResults& dataset : board.datasets)
    for (const std::string& label : board.models) {
      const ModelResults* model = dataset.find(label);
      if (model == nullptr || !model->cost) continue;
      costs[dataset.label][label] = {{"fit_seconds", to_ordered_json(model->cost->fit_seconds)},
                                     {"predict_seconds", to_ordered_json(model->cost->predict_seconds)},
                                     {"peak_bytes", to_ordered_json(model->cost->peak_bytes)}};
    }
  return costs;
}

}  // namespace

OrderedJson to_json(const Leaderboard& board) {
  OrderedJson json = {{"schema", kLeaderboardSchema}, {"suites", OrderedJson::array()}};
  OrderedJson provenance = OrderedJson::array();
  for (const SuiteOfRun& suite : board.suites) {
    json["suites"].push_back({{"name", suite.name}, {"protocol", suite.protocol}});
    if (!suite.columns.empty()) json["suites"].back()["columns"] = suite.columns;
    Json datasets = Json::array();
    for (const RunDataset& dataset : suite.datasets) datasets.push_back(to_json(dataset));
    provenance.push_back({{"suite", suite.source}, {"datasets", std::move(datasets)}, {"made_by", suite.made_by}});
  }
  json["metrics"] = metrics_to_json(board.metrics);
  json["references"] = board.references;
  OrderedJson controls = OrderedJson::object();
  OrderedJson& datasets = json["datasets"] = OrderedJson::object();
  for (const DatasetResults& dataset : board.datasets) {
    datasets[dataset.label] = dataset_to_json(dataset, board.models);
    if (!dataset.controls.empty()) controls[dataset.label] = controls_to_json(dataset.controls);
  }
  if (board.pool) json["reference_pool"] = pool_to_json(*board.pool);
  json["controls"] = std::move(controls);
  json["overall"] = overall_to_json(board.overall);
  OrderedJson& learning = json["active_learning"] = OrderedJson::object();
  for (const DatasetCurves& of_dataset : board.learning) {
    OrderedJson& curves = learning[of_dataset.dataset];  // null where there is none
    for (const LearningCurve& curve : of_dataset.curves) curves.push_back(curve_to_json(curve));
  }
  add_to_json(board.gaps, json);
  json["cost"] = costs_to_json(board);
  json["provenance"] = std::move(provenance);
  return json;
}

}  // namespace predcorr
