// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// A score over one learning curve.
struct CurveScore {
  double last = 0;  ///< of the last round
  /// Area under the curve over its number of training rows, divided by the rows gained. It is taken over all rows that
  /// were planned: a curve that ended early keeps its last value, as it costs no more labels.
  double mean = 0;
};

/// By score. Scores that some round lacks are left out, as are curves of one round.
std::map<std::string, CurveScore> curve_scores(const std::vector<LearningRound>& rounds, const std::string& predictor);

/// Adds the curves of one configuration to a leaderboard's list: one entry for each predictor. A round's summary is of
/// the seeds that came so far, which it counts. How far seeds came that ended early, and what they had then, stands
/// under `stopped`.  @param planned seeds, with those that failed or are missing
void add_learning_curves(const RunIndex::Curve& curve, std::size_t planned, OrderedJson& list);

}  // namespace predcorr
