// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/statistics/summary.hpp"
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
std::map<ScoreKey, CurveScore> curve_scores(const std::vector<LearningRound>& rounds, const std::string& predictor);

/// What one predictor learned from the rows that a criterion picked, over seeds.
struct LearningCurve {
  std::string criterion;
  std::string selector;  ///< label of the model that selects; empty where the criterion needs none
  std::string predictor;
  std::size_t seeds = 0, planned = 0;  ///< done; planned, with those that failed or are missing
  std::vector<Index> n_train;          ///< of each round that was planned
  /// By score: a summary for each round, of the seeds that came so far, which it counts; nothing where none has it.
  std::vector<std::pair<ScoreKey, std::vector<std::optional<Summary>>>> scores;
  std::map<ScoreKey, Summary> mean_over_curve;  ///< by score; see CurveScore::mean

  /// Of curves that ended early.
  struct Stopped {
    int seeds = 0;                                   ///< that ended early
    Summary n_train;                                 ///< how far all seeds came
    std::vector<std::pair<ScoreKey, Summary>> last;  ///< by score: what all seeds had then, each its own
  };
  std::optional<Stopped> stopped;  ///< nothing where every seed went through all rounds
};

/// The curves of one configuration: one for each predictor; none where no seed is done.
/// @param planned seeds
std::vector<LearningCurve> learning_curves(const RunIndex::Curve& curve, std::size_t planned, double overlap = 0);

}  // namespace predcorr
