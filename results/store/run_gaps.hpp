// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/base/json.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// Adds lists, the last where there is one:
///
///     "missing": [{"dataset", "model" or "criterion" and "selector", "seeds": "3, 7", "n": 2}],
///     "damaged": [{"dataset", "model" or ..., "seed", "id", "reason"}], without the first where no plan names the
///     cell, "failures": [{"dataset", "model" or ..., "seed", "kind", "message"}], each by itself,
///     "doubles": as "missing"
void add_to_json(const RunGaps& gaps, OrderedJson& document);

/// What is missing, damaged or failed, for people: lines such as "MISSING toy: gp, ridge (seeds 3, 7)". Cells that miss
/// the same seeds, and failures that differ in numbers only, share a line.
std::vector<std::string> gap_lines(const RunGaps& gaps);

/// One sentence on what is missing or there twice; empty where all that was planned is there once.
std::string incompleteness(const RunGaps& gaps);

/// What is damaged, and of the regression cells that are asked for what is missing, failed or there twice.
RunGaps regression_gaps(const RunIndex& records,
                        const std::function<bool(const PlanEntry&, std::uint64_t seed)>& wanted);

}  // namespace predcorr
