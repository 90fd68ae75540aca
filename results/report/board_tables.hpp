// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "results/leaderboard/leaderboard.hpp"
#include "results/report/report_notes.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {

/// The scores that some model of a data set has, of those that suites ask for, or else of the usual ones.
std::vector<ScoreColumn> shown_columns(const Leaderboard& board, const DatasetResults& results);

/// Whether a model is among the best where a test tells some model from another: what tables mark.
bool is_best(const DatasetResults& results, const std::string& model, const ScoreKey& key);

/// Letters of the groups that a model belongs to; empty where it is not compared, or nothing is told apart.
std::string letters_of(const DatasetResults& results, const std::string& model, const ScoreKey& key);

/// Mean and standard error; of fewer seeds than its row has it says of how many.
std::string of_seeds(const Summary& summary, std::size_t row);

/// "7", or "7 of 10, 3 failed".
std::string seeds_cell(const RunIndex::Count& seeds);

/// Over data sets first, then each data set, what scores see of correlations, what was learned actively, what it cost.
/// @param controls whether the tables of data sets have rows of controls, which have long labels and their base's means
std::vector<TextTable> tables_of(const Leaderboard& board, bool controls);

}  // namespace predcorr
