// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/leaderboard/leaderboard.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {

/// A leaderboard as text for a terminal: over data sets first, then one table for each data set, one for active
/// learning, what cells cost, and what failed, is missing, or was warned of. The best of a column, and all that no test
/// tells from it, are starred; models that share a letter are not told apart.
std::string terminal_report(const Leaderboard& board, const TerminalStyle& style = {});

/// The same as Markdown, with every column; the best values are bold.
std::string markdown_report(const Leaderboard& board);

}  // namespace predcorr
