// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "core/base/json.hpp"
#include "results/leaderboard/score_table.hpp"

namespace predcorr {

/// Which scores of one data set tell a model from its controls, which have its means and error bars and other
/// correlations. By the control's label:
///
///     {"base": label, "scores": {score: {"mean": .., "stderr": .., "n": .., "verdict": ..}}}
///
/// with the difference, paired by seed, between base and control, positive where the base scores better. The verdict is
/// "identical" (in every seed up to the rounding of single precision, some 1e-6 of the value, or of 1 for nats and
/// numbers without a unit: the score is blind to what the control replaced), "base" or "control" (better by a two-sided
/// paired t test at 5 %) or "undecided". Scores without a better direction are left out.
/// @param controls label of each control's base; those whose base has no scores here are left out
/// @param infos by key
OrderedJson compare_controls(const std::map<std::string, std::string>& controls,
                             const std::map<std::string, ScoreTable>& tables,
                             const std::map<std::string, ScoreInfo>& infos);

}  // namespace predcorr
