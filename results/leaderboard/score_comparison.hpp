// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "metrics/score_catalogue.hpp"
#include "results/leaderboard/common_seeds.hpp"
#include "results/leaderboard/score_table.hpp"
#include "results/statistics/standings.hpp"

namespace predcorr {

/// One contender among those it is compared with.
struct ComparedModel {
  double mean = 0;  ///< over the common seeds
  Standing standing;
  std::optional<PairedComparison> to_leader;  ///< how far behind it is, positive where worse; nothing of the leader
  std::optional<double> adjusted_p;           ///< of to_leader; nothing of the leader, and for one seed
};

/// How the contenders of one data set stand by one score: means over the seeds that all compared models have, and a
/// paired test of every two models over these seeds, with Holm's adjustment over all pairs.
struct ScoreComparison {
  CommonSeeds common;
  bool higher_is_better = true;
  std::map<std::string, ComparedModel> models;  ///< by compared model; empty where no seed is common
  std::string leader;                           ///< the best mean; empty where nobody is compared with anyone

  /// Models that no test tells from the leader, itself among them, by name. All of them where nothing is told apart.
  std::vector<std::string> best;
  bool told_apart = false;  ///< some test tells some model from another

  /// How many seeds would tell the leader from the next model with 80 % power, if the difference is what it seems to
  /// be, adjusted as here. Only where nothing is told apart; nothing where more than 10,000 would be needed.
  std::optional<int> seeds_needed;

  const ComparedModel* find(const std::string& model) const;  ///< null for none
};

using ScoreComparisons = std::map<ScoreKey, ScoreComparison>;

/// For every score that has a better direction and that two contenders or more have.
/// @param tables by model  @param excluded models that win nothing: ceilings and controls  @param overlap of splits
ScoreComparisons compare_scores(const DatasetTables& tables, const std::vector<std::string>& excluded,
                                const ScoreCatalogue& catalogue, double overlap);

}  // namespace predcorr
