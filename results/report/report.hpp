// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/leaderboard/leaderboard.hpp"

namespace predcorr {

/// A leaderboard as text for a terminal: one table for each data set, one for active learning, then what failed, is
/// missing, or was warned of. The best value of a column is starred.
std::string terminal_report(const Leaderboard& board);

/// The same as Markdown; the best values are bold.
std::string markdown_report(const Leaderboard& board);

}  // namespace predcorr
