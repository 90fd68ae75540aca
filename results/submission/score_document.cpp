// SPDX-License-Identifier: Apache-2.0
#include "results/submission/score_document.hpp"

#include <algorithm>

#include "results/store/provenance.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {
namespace {

/// Where a score stands below predictions.NAME: one key, or two.
std::vector<std::string> place_of(const std::string& name, const std::string& part) {
  if (part.empty()) return {name};
  if (name == "variogram_score") return {name + "_orders", part};
  return {name, part};
}

/// The score that gives a metric with parts a number of its own: the definitions know one variogram score.
bool is_principal(const std::string& name, const std::string& part) {
  return name == "variogram_score" && part == "0.5";
}

std::string joined(const std::vector<std::string>& keys) {
  return keys.size() == 1 ? keys[0] : keys[0] + "." + keys[1];
}

OrderedJson describe_metrics() {
  OrderedJson json = OrderedJson::object();
  for (const ScoreInfo& info : registered_scores()) {
    const OrderedJson entry = {{"unit", info.unit}, {"better", to_string(info.direction)}, {"meaning", info.meaning}};
    if (is_principal(info.name, info.part)) json[info.name] = entry;
    json[joined(place_of(info.name, info.part))] = entry;
  }
  return json;
}

OrderedJson to_ordered_json(const ScoreSheet& sheet) {
  OrderedJson json = OrderedJson::object(), absent = OrderedJson::object(), selected = OrderedJson::object();
  for (const Score& score : sheet.scores) {
    const std::vector<std::string> place = place_of(score.name, score.part);
    const bool principal = is_principal(score.name, score.part);
    if (!score.value) {
      absent[joined(place)] = score.reason;
      if (principal) absent[score.name] = score.reason;
      continue;
    }
    (place.size() == 1 ? json[place[0]] : json[place[0]][place[1]]) = *score.value;
    if (principal) json[score.name] = *score.value;
  }
  for (const auto& [criterion, picks] : sheet.selected) selected[criterion] = picks;
  for (const auto& [criterion, reason] : sheet.not_selected) absent["selected." + criterion] = reason;
  json["selected"] = selected;
  json["absent"] = absent;
  return json;
}

}  // namespace

ScoreDocument score_document(const EvaluationData& evaluation, const ScoreOptions& options,
                             std::vector<ScoreSheet> sheets) {
  return {evaluation.n_pool, evaluation.n_test(), evaluation.oracle.has_value(), evaluation.inputs.size() > 0,
          options,           std::move(sheets)};
}

OrderedJson to_json(const ScoreDocument& document) {
  OrderedJson json;
  json["schema"] = kScoresSchema;
  json["problem"] = {{"pool", document.n_pool},
                     {"test", document.n_test},
                     {"oracle", document.has_oracle},
                     {"inputs", document.has_inputs}};
  json["options"] = {{"neighbours", document.options.neighbours}, {"batch", document.options.batch}};
  json["metrics"] = describe_metrics();
  OrderedJson predictions = OrderedJson::object();
  for (const ScoreSheet& sheet : document.sheets) predictions[sheet.name] = to_ordered_json(sheet);
  json["predictions"] = predictions;
  json["provenance"] = provenance();
  return json;
}

std::string score_table(const ScoreDocument& document) {
  struct Column {
    const char *title, *metric, *part;
  };
  constexpr Column kColumns[] = {{"RMSE ↓", "rmse", nullptr},
                                 {"marginal LL ↑", "marginal_log_likelihood", nullptr},
                                 {"joint LL ↑", "joint_log_likelihood", nullptr},
                                 {"meta-corr. ↑", "meta_correlation", "correlation_pearson"},
                                 {"XLL ↑", "xll_mean", nullptr},
                                 {"XLLR ↓", "xllr", nullptr}};
  TextTable table{fmt::format("{} pool and {} test points", document.n_pool, document.n_test), {"prediction"}, {}, {}};
  for (const Column& column : kColumns) table.header.push_back(column.title);
  for (const ScoreSheet& sheet : document.sheets) {
    TextRow row = {{sheet.name}};
    for (const Column& column : kColumns) {
      const auto found = std::find_if(sheet.scores.begin(), sheet.scores.end(), [&](const Score& score) {
        return score.name == column.metric && score.part == (column.part == nullptr ? "" : column.part);
      });
      const bool has = found != sheet.scores.end() && found->value;
      row.push_back({has ? fmt::format("{:.4g}", *found->value) : "-"});
    }
    table.rows.push_back(std::move(row));
  }
  return terminal_text(table);
}

}  // namespace predcorr
