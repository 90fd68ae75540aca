// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "results/comparison/board_values.hpp"

namespace predcorr {

struct VerificationOptions {
  std::vector<std::string> rows;  ///< labels of models or data sets, as --only takes them; none: everything
  int threads = 0;                ///< 0: one for each core
  bool quiet = false;
};

/// A value of a board that did not come out again.
struct MovedValue {
  std::string dataset, model;
  ScoreKey key;
  std::uint64_t seed = 0;
  double claimed = 0, remade = 0;
};

/// What came of running a board's cells again.
struct Verification {
  bool same_build = false;  ///< compiler, flags, level and libraries are the board's: bits must agree
  double tolerance = 0;     ///< 0 for the same build, else kOtherBuild
  int exact = 0;            ///< values that agree in every bit
  int close = 0;            ///< values that agree within the tolerance only
  std::vector<MovedValue> moved;
  std::vector<std::string> not_remade;  ///< what could not be run again, and why: "model on data set seed 3: ..."
  int of_others = 0;                    ///< values that depend on models that were not run again (XLL): not verified

  bool holds() const { return moved.empty() && not_remade.empty() && exact + close > 0; }
};

/// Of each value, for another compiler, level or library: networks' training amplifies last digits.
inline constexpr double kOtherBuild = 1e-3;

/// Runs cells of a leaderboard again, in a temporary folder, and compares every value that comes out with the board's.
/// Rows that others handed in are not run.
/// Scores of models by each other (XLL) are verified where everything is run again.
/// @param board leaderboard.json, of version 3  @param origin its file, for messages
/// @param data_folders where data files are looked for
/// @throws Error (config) for another version, or labels that it does not have; (io, data) if data is missing
Verification verify_board(const Json& board, const std::string& origin, const VerificationOptions& options,
                          const std::vector<std::filesystem::path>& data_folders);

}  // namespace predcorr
