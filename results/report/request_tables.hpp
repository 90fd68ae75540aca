// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/leaderboard/leaderboard.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {

/// The combined score with its parts, best first; nothing where none is asked for.
std::optional<TextTable> combined_table(const Leaderboard& board);

/// A table for each data set with the models of its Pareto front marked; none where no front is asked for.
std::vector<TextTable> pareto_tables(const Leaderboard& board);

/// Every published finding with what was measured: "FINDING holds: ...". None where suites name none.
std::vector<std::string> finding_lines(const Leaderboard& board);

}  // namespace predcorr
