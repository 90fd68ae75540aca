// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/leaderboard/score_comparison.hpp"
#include "results/statistics/rank_tests.hpp"
#include "results/statistics/standings.hpp"

namespace predcorr {

/// One model over all data sets, by one score.
struct OverallModel {
  std::string label;
  double mean_rank = 0;  ///< of its means on the data sets; 1 is best
  double win_rate = 0;   ///< share of (data set, other model) where its mean is better; equal means count half
  Standing standing;     ///< who is told from it by Nemenyi's test
  std::optional<double> wilcoxon_p;  ///< against the best mean rank, signed ranks over data sets, Holm's adjustment
  std::optional<double> normalised;  ///< mean over the data sets that have a floor and a ceiling: see ScoreAnchors
};

/// How contenders stand over data sets, by one score. The data set is the unit: each counts the same, whatever its
/// number of seeds. Demsar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7, 2006.
struct OverallScore {
  ScoreKey key;
  std::vector<std::string> datasets;          ///< on which anybody is compared
  std::vector<OverallModel> models;           ///< those compared on all of them, best mean rank first
  bool told_apart = false;                    ///< some test tells some model from another
  std::vector<std::string> left_out;          ///< contenders compared on some of them only
  std::optional<FriedmanTest> friedman;       ///< from two data sets and three models on
  std::optional<double> critical_difference;  ///< of mean ranks, Nemenyi; from two data sets on
};

/// Fixed points that a score is measured by, so that it does not move when another model joins: the mean of the model
/// named floor is 0, that of the ceiling 1.
struct ScoreAnchors {
  std::string floor, ceiling;  ///< labels; empty for none
};

/// @param labels of models, in the order of the suites  @param comparisons by data set
/// @param tables of every model, the unranked among them
std::vector<OverallScore> compare_overall(const std::vector<std::string>& labels,
                                          const std::map<std::string, const ScoreComparisons*>& comparisons,
                                          const ScoreCatalogue& catalogue, const ScoreAnchors& anchors,
                                          const AllTables& tables);

}  // namespace predcorr
