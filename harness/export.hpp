// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/store/store.hpp"

namespace predcorr {

struct ExportOptions {
  std::vector<std::string> only = {};                    ///< labels of models or data sets; none means all
  std::optional<std::vector<std::uint64_t>> seeds = {};  ///< none means all
  std::vector<std::filesystem::path> data_folders = {};  ///< where data files are looked for, the first first
};

/// What was written for one data set and seed.
struct ExportedProblem {
  std::filesystem::path folder;
  std::vector<std::pair<std::string, std::string>> predictions;  ///< label, file name
  std::vector<std::string> in_part;                              ///< labels of models of which the run did not keep all
  std::string without_data;  ///< why inputs, and perhaps the true posterior, are not there; empty where they are
};

/// Writes the stored predictions of a run as results/submission/problem_file.hpp reads them:
/// OUT/DATASET/seed-1/problem.npz and LABEL.npz, labels made safe for file names. Inputs (as the models saw them) and
/// the true posterior come from the data set, made or read again, its file looked for as the run did (first in the
/// suite's folder, which run.json names) and only taken if it is, byte for byte, the one that was run on. Where it is
/// not there, the posterior is that of a cell of model `oracle`, if there is one, and there are no inputs. What the run
/// did not keep of a prediction is NaN (pool x pool) or left out (the pool).
/// @throws Error (config) if a label is unknown, (data) if nothing is left to export, or a data file has changed
std::vector<ExportedProblem> export_run(const Store& store, const std::filesystem::path& out,
                                        const ExportOptions& options);

}  // namespace predcorr
