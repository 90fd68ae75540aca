// SPDX-License-Identifier: Apache-2.0
// leaderboard.json, of leaderboard.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/json_text.hpp"
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

OrderedJson label_or_null(const std::string& label) { return label.empty() ? OrderedJson() : OrderedJson(label); }

OrderedJson compared_to_json(const ComparedModel& model) {
  OrderedJson json = {{"mean", model.mean},
                      {"rank", {model.standing.rank_low, model.standing.rank_high}},
                      {"group", model.standing.letters}};
  if (!model.to_leader) return json;
  const PairedComparison& behind = *model.to_leader;
  json["behind_leader"] = {{"difference", behind.difference},
                           {"interval", interval_or_null(behind.interval)},
                           {"p", number_or_null(behind.p)},
                           {"p_adjusted", number_or_null(model.adjusted_p)},
                           {"wilcoxon_p", number_or_null(behind.wilcoxon_p)},
                           {"effect_size", number_or_null(behind.effect_size)},
                           {"wins", {behind.wins, behind.ties, behind.losses}}};
  return json;
}

OrderedJson comparisons_to_json(const ScoreComparisons& comparisons) {
  OrderedJson all = OrderedJson::object();
  for (const auto& [key, comparison] : comparisons) {
    OrderedJson& json =
        all[key.text()] = {{"seeds", seed_ranges(comparison.common.seeds)}, {"n", comparison.common.seeds.size()}};
    json["leader"] = label_or_null(comparison.leader);
    json["best"] = comparison.best;
    json["told_apart"] = comparison.told_apart;
    if (comparison.seeds_needed) json["seeds_needed"] = *comparison.seeds_needed;
    OrderedJson& models = json["models"] = OrderedJson::object();
    for (const auto& [label, model] : comparison.models) models[label] = compared_to_json(model);
    if (!comparison.common.left_out.empty()) json["left_out"] = comparison.common.left_out;
  }
  return all;
}

/// Every value, so that other statistics can be made of a board: in the order of "seeds", null where there is none.
OrderedJson values_to_json(const DatasetResults& dataset) {
  std::set<std::uint64_t> seeds;
  for (const ModelResults& model : dataset.models)
    for (const ScoreSummary& score : model.scores)
      for (const auto& [seed, value] : score.values) seeds.insert(seed);
  OrderedJson json = {{"seeds", seeds}, {"models", OrderedJson::object()}};
  for (const ModelResults& model : dataset.models)
    for (const ScoreSummary& score : model.scores) {
      OrderedJson& values = json["models"][model.label][score.key.text()] = OrderedJson::array();
      for (const std::uint64_t seed : seeds) {
        const auto found = score.values.find(seed);
        values.push_back(found == score.values.end() ? OrderedJson() : OrderedJson(found->second));
      }
    }
  return json;
}

OrderedJson expected_to_json(const std::vector<ExpectedScore>& expected) {
  OrderedJson json = OrderedJson::object();
  for (const ExpectedScore& score : expected) {
    OrderedJson& one =
        json[score.key.text()] = {{"mean", score.mean}, {"sd", score.sd}, {"median_tail", score.median_tail()}};
    for (const auto& [seed, tail] : score.tails) one["tails"][std::to_string(seed)] = tail;
  }
  return json;
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
                    expected = OrderedJson::object(), warnings = OrderedJson::object();
  if (dataset.rows) rows = {{"train", dataset.rows->train}, {"pool", dataset.rows->pool}, {"test", dataset.rows->test}};
  for (const ModelResults& model : dataset.models)
    seeds[model.label] = {{"planned", model.seeds.planned}, {"done", model.seeds.done}, {"failed", model.seeds.failed}};
  for (const std::string& label : labels) {
    const ModelResults* model = dataset.find(label);
    if (model == nullptr) continue;
    if (model->has_scores()) models[label] = scores_to_json(model->scores);
    for (const AbsentScore& score : model->absent) absent[label][score.key.text()] = score.reason;
    if (!model->expected.empty()) expected[label] = expected_to_json(model->expected);
    if (!model->warnings.empty()) warnings[label] = warnings_to_json(model->warnings);
  }
  return {{"rows", std::move(rows)},           {"seeds", std::move(seeds)},
          {"models", std::move(models)},       {"absent", std::move(absent)},
          {"overlap", dataset.overlap},        {"comparisons", comparisons_to_json(dataset.comparisons)},
          {"values", values_to_json(dataset)}, {"expected", std::move(expected)},
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

OrderedJson overall_model_to_json(const OverallModel& model) {
  return {{"mean_rank", model.mean_rank},
          {"rank", {model.standing.rank_low, model.standing.rank_high}},
          {"group", model.standing.letters},
          {"win_rate", model.win_rate},
          {"wilcoxon_p", number_or_null(model.wilcoxon_p)},
          {"normalised", number_or_null(model.normalised)}};
}

OrderedJson overall_to_json(const std::vector<OverallScore>& overall) {
  OrderedJson json = OrderedJson::object();
  for (const OverallScore& score : overall) {
    OrderedJson& one = json[score.key.text()] = {{"datasets", score.datasets}};
    if (!score.left_out.empty()) one["left_out"] = score.left_out;
    one["critical_difference"] = number_or_null(score.critical_difference);
    one["friedman"] = score.friedman ? OrderedJson{{"chi_square", score.friedman->chi_square},
                                                   {"p", score.friedman->p},
                                                   {"f", number_or_null(score.friedman->f)},
                                                   {"f_p", score.friedman->f_p}}
                                     : OrderedJson();
    for (const OverallModel& model : score.models) one["models"][model.label] = overall_model_to_json(model);
  }
  return json;
}

/// By name.
OrderedJson groups_to_json(const std::vector<GroupResults>& groups) {
  OrderedJson json = OrderedJson::object();
  for (const GroupResults& group : groups)
    json[group.name] = {{"datasets", group.datasets}, {"overall", overall_to_json(group.overall)}};
  return json;
}

/// What was asked for beside the usual; nothing of what was not.
void answers_to_json(const Leaderboard& board, OrderedJson& json) {
  if (board.primary) json["primary"] = board.primary->text();
  if (!board.groups.empty()) json["groups"] = groups_to_json(board.groups);
  if (board.combined) json["combined"] = to_ordered_json(*board.combined);
  if (board.pareto) json["pareto"] = to_ordered_json(*board.pareto);
  if (!board.findings.empty()) json["findings"] = OrderedJson::array();
  for (const CheckedFinding& finding : board.findings) json["findings"].push_back(to_ordered_json(finding));
}

OrderedJson curve_to_json(const LearningCurve& curve) {
  OrderedJson json = {{"criterion", curve.criterion}};
  json["selector"] = label_or_null(curve.selector);
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
      OrderedJson& cost = costs[dataset.label][label];
      cost = {{"fit_seconds", to_ordered_json(model->cost->fit_seconds)},
              {"predict_seconds", to_ordered_json(model->cost->predict_seconds)}};
      if (model->cost->cpu_seconds) cost["cpu_seconds"] = to_ordered_json(*model->cost->cpu_seconds);
      cost["peak_bytes"] = to_ordered_json(model->cost->peak_bytes);
    }
  return costs;
}

/// What becomes of values that are not there, in words of a fixed vocabulary, which the schema has. It says what other
/// code does: ModelResults, CommonSeeds, ControlComparison, OverallScore, ScoreAnchors, cross_scores, LearningCurve,
/// RunGaps.
OrderedJson missing_values(const Leaderboard& board) {
  return {{"means", "own seeds"},
          {"costs", "own seeds"},
          {"comparisons", "seeds that all compared models have"},
          {"few_seeds", "left out and named"},
          {"controls", "seeds that control and base have"},
          {"overall", "models that are compared on all data sets"},
          {"normalised", "seeds that model, floor and ceiling have"},
          {"cross_scores", board.pool ? "own seeds" : "seeds that all compared models have"},
          {"learning_rounds", "seeds that came so far"},
          {"learning_means", "last value kept"},
          {"absent_scores", "left out and named"},
          {"failed_cells", "left out and named"},
          {"missing_cells", "left out and named"}};
}

/// @param with_datasets false leaves "datasets" empty
OrderedJson board_to_json(const Leaderboard& board, bool with_datasets) {
  OrderedJson json = {{"schema", kLeaderboardSchema}, {"suites", OrderedJson::array()}};
  OrderedJson provenance = OrderedJson::array(), entries = OrderedJson::object();
  for (const SuiteOfRun& suite : board.suites) {
    json["suites"].push_back({{"name", suite.name}, {"protocol", suite.protocol}});
    if (!suite.columns.empty()) json["suites"].back()["columns"] = suite.columns;
    Json datasets = Json::array();
    for (const RunDataset& dataset : suite.datasets) datasets.push_back(to_json(dataset));
    OrderedJson& part = provenance.emplace_back(
        OrderedJson{{"suite", suite.source}, {"datasets", std::move(datasets)}, {"made_by", suite.made_by}});
    for (const auto& [label, entry] : suite.entries) {
      part["entries"].push_back(label);
      entries[label] = to_ordered_json(entry);
    }
  }
  json["metrics"] = metrics_to_json(board.metrics);
  json["unranked"] = board.unranked;
  json["missing_values"] = missing_values(board);
  if (!entries.empty()) json["entries"] = std::move(entries);
  OrderedJson controls = OrderedJson::object();
  OrderedJson& datasets = json["datasets"] = OrderedJson::object();
  for (const DatasetResults& dataset : board.datasets) {
    if (with_datasets) datasets[dataset.label] = dataset_to_json(dataset, board.models);
    if (!dataset.controls.empty()) controls[dataset.label] = controls_to_json(dataset.controls);
  }
  if (board.pool) json["reference_pool"] = pool_to_json(*board.pool);
  json["controls"] = std::move(controls);
  json["normalised_by"] = {{"floor", label_or_null(board.normalised_by.floor)},
                           {"ceiling", label_or_null(board.normalised_by.ceiling)}};
  json["overall"] = overall_to_json(board.overall);
  answers_to_json(board, json);
  OrderedJson& learning = json["active_learning"] = OrderedJson::object();
  for (const DatasetCurves& of_dataset : board.learning) {
    OrderedJson& curves = learning[of_dataset.dataset];  // null where there is none
    for (const LearningCurve& curve : of_dataset.curves) curves.push_back(curve_to_json(curve));
  }
  if (board.partial) json["partial"] = true;
  add_to_json(board.gaps, json);
  json["cost"] = costs_to_json(board);
  json["provenance"] = std::move(provenance);
  return json;
}

}  // namespace

OrderedJson to_json(const Leaderboard& board) { return board_to_json(board, true); }

std::string leaderboard_text(const Leaderboard& board) {
  std::string text = readable_json(board_to_json(board, false)), datasets;
  for (const DatasetResults& dataset : board.datasets) {
    datasets += fmt::format("{}\n  {}: ", datasets.empty() ? "" : ",", OrderedJson(dataset.label).dump());
    datasets += readable_json_part(dataset_to_json(dataset, board.models), 2);
  }
  constexpr std::string_view kPlace = "\n \"datasets\": {";
  if (!datasets.empty()) text.insert(text.find(kPlace) + kPlace.size(), datasets + "\n ");
  return text;
}

}  // namespace predcorr
