// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "results/leaderboard/leaderboard.hpp"

namespace predcorr {

/// A column of a leaderboard's tables: which score, and what the head says.
struct ScoreColumn {
  std::string head;
  ScoreKey key;
};

/// What the tables of a leaderboard mean, in words, with the frozen pool that judged, if one did.
std::string legend(const Leaderboard& board);

/// Behind the label of a row from outside: " ✓" where its scores were computed here, " ?" where they are as reported.
std::string entry_mark(const Leaderboard& board, const std::string& model);

/// Who handed in which row: "ENTRY mine ✓ by Jane Doe: a deep kernel (https://..., MIT)".
std::vector<std::string> entry_lines(const Leaderboard& board);

/// Where models are compared by fewer seeds than the rows have, some model is not compared, or no test tells any from
/// another; empty where all is plain.
std::string comparison_note(const DatasetResults& results, const std::vector<ScoreColumn>& columns);

/// How much mean ranks must differ to be told apart, and who is not ranked.
/// @param scores those shown, at least one
std::string overall_note(const std::vector<const OverallScore*>& scores, const Leaderboard& board);

/// What models said against their fits: "WARNING hmc on boston, wine (17 fits): ...". Sentences that differ in numbers
/// only share a line, with the first one's numbers.
std::vector<std::string> warning_lines(const Leaderboard& board);

}  // namespace predcorr
