// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "metrics/score.hpp"

namespace predcorr {

/// Data sets that are also compared among themselves.
struct DatasetGroup {
  std::string name;
  std::vector<std::string> datasets;  ///< labels

  friend bool operator==(const DatasetGroup&, const DatasetGroup&) = default;
};

/// A part of a combined score.
struct WeightedScore {
  ScoreKey key;
  double weight = 1;  ///< above 0; only the weights' ratios count

  friend bool operator==(const WeightedScore&, const WeightedScore&) = default;
};

/// A published finding as a range in which a score, or a difference of two models' scores, is expected.
struct Finding {
  std::string sentence, source;
  ScoreKey score;
  std::string model;                                  ///< label
  std::string than = {};                              ///< label; then it is about model - than. Empty for none
  std::vector<std::string> datasets = {};             ///< labels; empty: all of the board
  std::optional<double> at_least = {}, at_most = {};  ///< one of them, or both

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What a suite asks of its board beyond the usual tables.
struct BoardRequest {
  std::vector<DatasetGroup> groups;     ///< by name
  std::optional<ScoreKey> primary;      ///< the first column, which orders the overall table
  std::vector<WeightedScore> combined;  ///< by score; empty for none
  std::vector<Finding> findings;
};

/// What a request may name.
struct RequestNames {
  std::vector<std::string> datasets, models;
  std::vector<std::string> scores;  ///< keys as text
  std::vector<std::string> ranked;  ///< those of them that have a better direction
};

/// Reads the keys "groups", "primary", "combined" and "findings" of a suite, each of which may be left out.
/// @param names null: any names, as of a run that was planned already
/// @throws Error (config) that names the key, what was expected and the nearest valid name
BoardRequest read_board_request(const Json& suite, const std::string& origin, const RequestNames* names = nullptr);

/// What several suites ask of one board: of groups and findings all, equal ones once; of primary and combined what the
/// first says that has one. Groups of one name are joined.
BoardRequest joined(const std::vector<BoardRequest>& requests);

/// Reads "rmse=1,joint_log_likelihood=2", as the command line has it; a weight may be left out, and is 1.
/// @param where what messages call it  @param ranked scores that may be combined
/// @throws Error (config)
std::vector<WeightedScore> read_weights(const std::string& text, const std::string& where,
                                        const std::vector<std::string>& ranked);

}  // namespace predcorr
