// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/json.hpp"
#include "results/submission/score_sheet.hpp"

namespace predcorr {

inline constexpr const char* kScoresSchema = "predcorr/scores/1";

/// What 'predcorr score' writes: predictions.NAME.METRIC is a number, or predictions.NAME.METRIC.PART where a metric
/// has parts; predictions.NAME.selected.CRITERION are positions in the pool; predictions.NAME.absent has the reason of
/// every score and every criterion's picks ("selected.CRITERION") that there are not. `variogram_score` is the number
/// of order 0.5, all orders are parts of `variogram_score_orders`. Shape: results/schema/scores.schema.json.
OrderedJson score_document(const EvaluationData& evaluation, const ScoreOptions& options,
                           const std::vector<ScoreSheet>& sheets);

/// The best-known of its numbers as a table for people.
std::string score_table(const OrderedJson& document);

}  // namespace predcorr
