// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "harness/cell.hpp"

namespace predcorr {

/// Every cell of a suite in a fixed order: regression first, then active learning. Models that need a truth are left
/// out where there is none; a criterion that needs no model gets one cell for each model that predicts.
/// @throws Error (io, data) if a data file cannot be used
std::vector<Cell> plan_cells(const Suite& suite);

/// The plan as run.json keeps it: each configuration once.
Json plan_to_json(const std::vector<Cell>& cells);

}  // namespace predcorr
