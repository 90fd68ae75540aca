// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "results/leaderboard/leaderboard.hpp"

namespace predcorr {

/// One data set of a board: every value of every score, by model's label, score and seed.
struct DatasetValues {
  double overlap = 0;  ///< of the splits of different seeds, see split_overlap
  std::map<std::string, std::map<ScoreKey, SeedValues>> models;
};

/// What a comparison needs of a board, whichever way it comes.
struct BoardValues {
  std::string name;  ///< for messages: the file or folder it was read from
  std::map<ScoreKey, Direction> directions;
  std::map<std::string, DatasetValues> datasets;

  /// That of the score, or of what stands for every part of its name; none for one that no metric is known to give.
  Direction direction(const ScoreKey& key) const;
};

BoardValues board_values(const Leaderboard& board, const std::string& name);

/// Of a leaderboard.json. @throws Error (config) that names file and key: it is no board, or one of a version before 3,
/// which had no values by seed
BoardValues read_board_values(const Json& json, const std::string& origin);

/// Of a run folder, whose records are read, or of a leaderboard.json. @throws Error (io, config, data)
BoardValues open_board(const std::filesystem::path& run_or_file);

}  // namespace predcorr
