// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "metrics/score_catalogue.hpp"
#include "results/leaderboard/score_table.hpp"

namespace predcorr {

/// What a score makes of a control and its base.
enum class ControlVerdict {
  identical,  ///< equal in every seed up to the rounding of single precision, some 1e-6 of the value, or of 1 for nats
              ///< and numbers without a unit: the score is blind to what the control replaced
  base,       ///< better by a two-sided paired t test at 5 %
  control,    ///< likewise
  undecided
};
const char* to_string(ControlVerdict verdict);

/// One score of a base less that of its control.
struct ScoreDifference {
  ScoreKey key;
  Summary difference;  ///< paired by seed, positive where the base scores better
  ControlVerdict verdict = ControlVerdict::undecided;
};

/// A control, which has its base's means and error bars and other correlations.
struct ControlComparison {
  std::string control, base;            ///< labels
  std::vector<ScoreDifference> scores;  ///< that have a better direction and a common seed, in the base's order

  const ScoreDifference* find(const ScoreKey& key) const;  ///< null for none
};

/// Which scores of one data set tell a model from its controls.
/// @param controls label of each control's base; those whose base has no scores here are left out
/// @param overlap of the seeds' splits
std::vector<ControlComparison> compare_controls(const std::map<std::string, std::string>& controls,
                                                const DatasetTables& tables, const ScoreCatalogue& catalogue,
                                                double overlap);

}  // namespace predcorr
