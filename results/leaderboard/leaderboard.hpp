// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "metrics/score_catalogue.hpp"
#include "results/frozen_pools/reference_pool.hpp"
#include "results/leaderboard/control_comparison.hpp"
#include "results/leaderboard/expected_scores.hpp"
#include "results/leaderboard/fit_warnings.hpp"
#include "results/leaderboard/learning_curves.hpp"
#include "results/leaderboard/overall_comparison.hpp"
#include "results/leaderboard/pareto_fronts.hpp"
#include "results/leaderboard/score_comparison.hpp"
#include "results/leaderboard/split_overlap.hpp"
#include "results/requests/combined_score.hpp"
#include "results/requests/finding_check.hpp"
#include "results/statistics/summary.hpp"
#include "results/store/run_gaps.hpp"

namespace predcorr {

inline constexpr const char* kLeaderboardSchema = "predcorr/leaderboard/3";

/// A score of one model on one data set, over the seeds that have it.
struct ScoreSummary {
  ScoreKey key;
  Summary summary;
  SeedValues values = {};  ///< by seed
};
const Summary* find_summary(const std::vector<ScoreSummary>& scores, const ScoreKey& key);  ///< null for none

/// A score that a model has for no seed, with the last seed's reason.
struct AbsentScore {
  ScoreKey key;
  std::string reason;
};

/// What the cells of one model on one data set cost. Not a part of what they found.
struct CostSummary {
  Summary fit_seconds, predict_seconds;
  std::optional<Summary> cpu_seconds;  ///< nothing where some record is of before it was measured
  Summary peak_bytes;
};

/// One model on one data set, over its own seeds.
struct ModelResults {
  std::string label;
  RunIndex::Count seeds;                ///< planned, done and failed
  std::vector<ScoreSummary> scores;     ///< in the order they first came
  std::vector<AbsentScore> absent;      ///< likewise
  std::vector<ExpectedScore> expected;  ///< what its own predictions made of its scores
  std::vector<FitWarning> warnings;     ///< of the model, about its fits
  std::optional<CostSummary> cost;      ///< nothing where no seed is done

  bool has_scores() const { return !scores.empty() || !absent.empty(); }
};

/// One data set: every model that was planned on it, and how they compare.
struct DatasetResults {
  std::string label;
  std::optional<RowCounts> rows;  ///< of the last record; nothing where there is none
  double overlap = 0;             ///< correlation of seeds whose splits share rows, see split_overlap
  std::vector<ModelResults> models;
  ScoreComparisons comparisons;  ///< means over the seeds that all compared models have
  std::vector<ControlComparison> controls;

  const ModelResults* find(const std::string& model) const;  ///< null for none
};

/// Active learning on one data set.
struct DatasetCurves {
  std::string dataset;
  std::vector<LearningCurve> curves;  ///< none where every seed failed or is missing
};

/// A frozen model's scores on one data set, among the frozen models alone.
struct FrozenResults {
  std::string label;
  std::vector<ScoreSummary> scores;
};

/// The overall comparison over some of the data sets.
struct GroupResults {
  std::string name;
  std::vector<std::string> datasets;  ///< labels, those that the board has
  std::vector<OverallScore> overall;
};

/// The frozen pool that judged.
struct PoolResults {
  std::string name;
  int version = 0;
  std::string sha256;                                          ///< of its pool.json
  std::vector<std::string> models;                             ///< labels
  std::map<std::string, std::vector<FrozenResults>> datasets;  ///< by data set, those that the pool has
};

/// What one or many run folders come to. Summaries of a model are over its own seeds; comparisons, and ranks by them,
/// are by the seeds that all compared models have.
struct Leaderboard {
  std::vector<SuiteOfRun> suites;
  ScoreCatalogue metrics;                     ///< every score that a registered metric can give
  std::vector<std::string> models, unranked;  ///< labels in the suites' order; those that win nothing
  std::vector<DatasetResults> datasets;
  std::optional<PoolResults> pool;    ///< nothing where the runs' own models are the references
  ScoreAnchors normalised_by;         ///< what is 0 and what is 1 of a normalised score
  std::vector<OverallScore> overall;  ///< over data sets
  std::vector<GroupResults> groups;   ///< that suites name
  std::optional<ScoreKey> primary;    ///< the first column, which orders the overall table
  std::optional<CombinedScores> combined;
  std::vector<CheckedFinding> findings;
  std::optional<ParetoFronts> pareto;  ///< where a reader asks for them
  std::vector<DatasetCurves> learning;
  RunGaps gaps;          ///< what was planned and has no result, or more than one
  bool partial = false;  ///< whoever made it took what is there (--partial)

  /// Who handed in a row, and whether its scores were verified; null for a row of the board's own runs.
  const AcceptedEntry* entry_of(const std::string& model) const;
};

/// What a reader asks beside what suites do.
struct BoardQuestions {
  std::string combine = {};  ///< weights, see read_weights; they count in place of the suites'. Empty for none
  std::string pareto = {};   ///< two axes, see read_pareto_axes. Empty for none
};

/// A pure function of the records and predictions of run folders. Scores that need every model's prediction (XLL) are
/// computed here, from the stored predictions of each data set and seed.
/// @param pool frozen references for those scores, in place of the runs' own models; null for none
/// @param questions of the reader
/// @throws Error (config, io, data)
Leaderboard make_leaderboard(const std::vector<Store>& stores, const ReferencePool* pool = nullptr,
                             const BoardQuestions& questions = {});

/// leaderboard.json. Everything that may differ between two equal runs stands under "provenance" and "cost".
/// Shape: results/schema/leaderboard.schema.json.
OrderedJson to_json(const Leaderboard& board);

/// The same as text: readable_json(to_json(board)), made data set by data set, which takes a fraction of the memory.
std::string leaderboard_text(const Leaderboard& board);

}  // namespace predcorr
