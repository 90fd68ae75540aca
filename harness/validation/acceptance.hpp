// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/store/accepted_entry.hpp"
#include "results/store/run_gaps.hpp"

namespace predcorr {

/// What `predcorr accept` is asked for.
struct AcceptanceRequest {
  std::filesystem::path entry;                      ///< a folder that `submit` wrote
  std::filesystem::path suite;                      ///< the board's suite, a file
  std::vector<std::filesystem::path> data_folders;  ///< where data files are looked for, the suite's own first
  std::string label;                                ///< the row's; empty for the entry's own
  std::filesystem::path out;                        ///< the new run folder
  bool partial = false;                             ///< cells that the suite has may be missing
  bool self_reported = false;                       ///< cells that cannot be recomputed are taken as claimed
};

/// What came of it.
struct Acceptance {
  std::string label;
  AcceptedEntry row;
  std::vector<std::string> left_out;     ///< cells and scores of the entry that the suite does not have, in words
  std::vector<std::string> not_checked;  ///< cells taken as claimed, and why
  RunGaps gaps;                          ///< what the suite has and the entry has not
};

/// Makes a run folder of an entry, which `leaderboard` joins with others: one row of the board. Every score is computed
/// here, by the suite's metrics, from the predictions handed in and this side's own data; targets of an entry are not
/// asked for, and no code of it is run. A row is verified where every cell was recomputed, else self-reported; then it
/// is shown and wins nothing. What is not checked is how the predictions came about: who has seen the test targets can
/// hand in what fits them.
///
/// A cell is the suite's where data (content and parameters), protocol, seed and version are. Cost: that of reading the
/// files and scoring; data are read, and oracles made, once for each data set and seed. Memory: one prediction a
/// thread.
/// @throws Error (config) for a suite that cannot be read, a folder that exists, an entry of another version of
/// predcorr; (data) for files that are not what was packed, for missing cells without `partial`, for cells that cannot
/// be recomputed without `self_reported`, for a score that its prediction contradicts, always with the cells' names
Acceptance accept_entry(const AcceptanceRequest& request);

}  // namespace predcorr
