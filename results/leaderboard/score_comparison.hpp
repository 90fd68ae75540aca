// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "metrics/score_catalogue.hpp"
#include "results/leaderboard/common_seeds.hpp"
#include "results/leaderboard/score_table.hpp"

namespace predcorr {

/// How the contenders of one data set stand by one score: means over the seeds that all compared models have.
struct ScoreComparison {
  CommonSeeds common;
  std::map<std::string, double> means;  ///< by compared model; empty where no seed is common
  std::vector<std::string> best;  ///< more than one where they are equal; none where nobody is compared with anyone
  bool higher_is_better = true;
};

/// For every score that has a better direction and that two contenders or more have.
/// @param tables by model  @param excluded models that win nothing: references and controls
std::map<ScoreKey, ScoreComparison> compare_scores(const std::map<std::string, ScoreTable>& tables,
                                                   const std::vector<std::string>& excluded,
                                                   const ScoreCatalogue& catalogue);

/// A mean rank over data sets; 1 is best.
struct MeanRank {
  double mean = 0;
  int datasets = 0;  ///< on which anybody was compared by this score
};

/// How a model ranks, by score.
struct OverallRanks {
  std::string label;
  std::map<ScoreKey, MeanRank> scores;
};

/// Mean rank of every contender over data sets, score by score (1 is best). Models are ranked where they are compared,
/// and have a mean rank where that is on every data set on which anybody is. Scores by one named reference are left
/// out.
/// @param labels in the order of the result, score by score  @param comparisons by data set
std::vector<OverallRanks> overall_ranks(const std::vector<std::string>& labels,
                                        const std::map<std::string, std::map<ScoreKey, ScoreComparison>>& comparisons,
                                        const ScoreCatalogue& catalogue);

}  // namespace predcorr
