// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "harness/cell.hpp"

namespace predcorr {

/// What each data set of a suite holds, in order. Files are read and split once here, so that a bad line stops the
/// suite now and not in every cell.
/// @throws Error (io, data) that names the data set
std::vector<RunDataset> describe_datasets(const Suite& suite, Problems& problems);

/// Every cell of a suite in a fixed order: regression first, then active learning. Models that need a truth are left
/// out where there is none, and with them loops that have nobody to score; a criterion that needs no model gets one
/// cell for each model that predicts.
/// @param descriptions what describe_datasets returns; the content's hashes are part of a cell's identity
std::vector<Cell> plan_cells(const Suite& suite, const std::vector<RunDataset>& descriptions);

/// What a suite comes to: its data sets as describe_datasets has them, and all cells.
struct Plan {
  std::vector<RunDataset> datasets;
  std::vector<Cell> cells;  ///< which point into the suite
};
Plan plan_suite(const Suite& suite, Problems& problems);

/// The cells as a run names them: each configuration once.
std::vector<PlannedCells> planned_cells(const std::vector<Cell>& cells);

}  // namespace predcorr
