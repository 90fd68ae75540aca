// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "results/submission/score_sheet.hpp"

namespace predcorr {

inline constexpr const char* kScoresSchema = "predcorr/scores/1";

/// What 'predcorr score' found: the problem, and a sheet for each prediction.
struct ScoreDocument {
  Index n_pool = 0, n_test = 0;
  bool has_oracle = false, has_inputs = false;
  ScoreOptions options;
  std::vector<ScoreSheet> sheets;
};
ScoreDocument score_document(const EvaluationData& evaluation, const ScoreOptions& options,
                             std::vector<ScoreSheet> sheets);

/// predictions.NAME.METRIC is a number, or predictions.NAME.METRIC.PART where a metric has parts;
/// predictions.NAME.selected.CRITERION are positions in the pool; predictions.NAME.absent has the reason of every score
/// and every criterion's picks ("selected.CRITERION") that there are not. `variogram_score` is the number of order 0.5,
/// all orders are parts of `variogram_score_orders`. Shape: results/schema/scores.schema.json.
OrderedJson to_json(const ScoreDocument& document);

/// The best-known of its numbers as a table for people.
std::string score_table(const ScoreDocument& document);

}  // namespace predcorr
