// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/leaderboard/leaderboard.hpp"

namespace predcorr {

/// One LaTeX table (booktabs) for each data set: mean, half the width of its 95 % interval, and as superscript the
/// letters of the groups that cannot be told apart; the top group is bold. Columns are those of the other reports.
std::string latex_report(const Leaderboard& board);

}  // namespace predcorr
