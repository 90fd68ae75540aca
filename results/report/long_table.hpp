// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/leaderboard/leaderboard.hpp"

namespace predcorr {

/// Every score of every cell as CSV (RFC 4180): dataset, model, seed, score, value, and `status`, "done" for these. A
/// cell that failed or is missing has one line with neither score nor value. So pandas reads all there is in one line:
/// pandas.read_csv("board.csv").pivot_table("value", ["dataset", "model"], "score").
/// Values have the digits that give the same double back.
std::string long_table_csv(const Leaderboard& board);

}  // namespace predcorr
