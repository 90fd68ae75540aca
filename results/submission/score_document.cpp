// SPDX-License-Identifier: Apache-2.0
#include "results/submission/score_document.hpp"

#include <algorithm>

#include "metrics/score_catalogue.hpp"
#include "results/store/provenance.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {
namespace {

/// Where a score stands below predictions.NAME: its name, or its name and part.
ScoreKey place_of(const ScoreKey& key) {
  const ScoreInfo* info = score_catalogue().find(key);
  if (info == nullptr || info->parts.empty()) return key;
  return {key.name + "_" + info->parts, key.part};
}

/// The score that gives a metric with parts a number of its own.
bool is_principal(const ScoreKey& key) {
  const ScoreInfo* info = score_catalogue().find(key);
  return info != nullptr && info->principal;
}

OrderedJson describe_metrics() {
  OrderedJson json = OrderedJson::object();
  for (const ScoreInfo& info : score_catalogue().scores()) {
    const OrderedJson entry = {{"unit", info.unit}, {"better", to_string(info.direction)}, {"meaning", info.meaning}};
    if (info.principal) json[info.name] = entry;
    json[place_of(info.key()).text()] = entry;
  }
  return json;
}

OrderedJson to_ordered_json(const ScoreSheet& sheet) {
  OrderedJson json = OrderedJson::object(), absent = OrderedJson::object(), selected = OrderedJson::object();
  for (const Score& score : sheet.scores) {
    const ScoreKey place = place_of(score.key());
    const bool principal = is_principal(score.key());
    if (!score.value) {
      absent[place.text()] = score.reason;
      if (principal) absent[score.name] = score.reason;
      continue;
    }
    (place.part.empty() ? json[place.name] : json[place.name][place.part]) = *score.value;
    if (principal) json[score.name] = *score.value;
  }
  for (const auto& [criterion, picks] : sheet.selected) selected[criterion] = picks;
  for (const auto& [criterion, reason] : sheet.not_selected) absent["selected." + criterion] = reason;
  if (!sheet.expectations.empty()) {
    OrderedJson expected = OrderedJson::object();
    for (const ScoreExpectation& e : sheet.expectations)
      expected[place_of(e.key).text()] = {{"mean", e.mean}, {"sd", e.sd}, {"tail", e.tail}, {"draws", e.draws}};
    json["expected"] = expected;
  }
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
  json["options"] = {{"neighbours", document.options.neighbours},
                     {"batch", document.options.batch},
                     {"draws", document.options.expectation.draws}};
  json["metrics"] = describe_metrics();
  OrderedJson predictions = OrderedJson::object();
  for (const ScoreSheet& sheet : document.sheets) predictions[sheet.name] = to_ordered_json(sheet);
  json["predictions"] = predictions;
  json["provenance"] = provenance();
  return json;
}

std::string score_table(const ScoreDocument& document) {
  const std::vector<ScoreInfo> columns = score_catalogue().default_columns();
  TextTable table{fmt::format("{} pool and {} test points", document.n_pool, document.n_test), {"prediction"}, {}, {}};
  for (const ScoreInfo& column : columns) table.header.push_back(column.column_head() + arrow(column.direction));
  for (const ScoreSheet& sheet : document.sheets) {
    TextRow row = {{sheet.name}};
    for (const ScoreInfo& column : columns) {
      const auto found = std::find_if(sheet.scores.begin(), sheet.scores.end(),
                                      [&](const Score& score) { return score.key() == column.key(); });
      const bool has = found != sheet.scores.end() && found->value;
      row.push_back({has ? fmt::format("{:.4g}", *found->value) : "-"});
    }
    table.rows.push_back(std::move(row));
  }
  return terminal_text(table);
}

}  // namespace predcorr
