// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/base/json.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// Planned cells without a readable record: [{"dataset", "model" or "criterion" and "selector", "seeds": "3, 7", "n":
/// 2}].
OrderedJson missing_to_json(const RunIndex& records);

/// Cells whose files cannot be believed: [{"dataset", "model" or ..., "seed", "id", "reason"}]; without the first where
/// no plan names them.
OrderedJson damaged_to_json(const RunIndex& records);

/// Failed cells, each by itself: [{"dataset", "model" or ..., "seed", "kind", "message"}].
OrderedJson failures_to_json(const RunIndex& records);

/// How many seeds of each model are planned on a data set, done and failed; the rest is missing. By label.
OrderedJson seeds_to_json(const RunIndex& records, const std::string& dataset);

/// What is missing, damaged or failed, for people: lines such as "MISSING toy: gp, ridge (seeds 3, 7)". Cells that miss
/// the same seeds, and failures that differ in numbers only, share a line.
/// @param document with the lists above under "missing", "damaged", "failures"; a list that is not there is empty
std::vector<std::string> gap_lines(const OrderedJson& document);

/// One sentence on what is missing, and what to do; empty where all that was planned is there.
std::string incompleteness(const OrderedJson& document);

/// The same lists, of the regression cells alone that are asked for.
OrderedJson regression_gaps(const RunIndex& records,
                            const std::function<bool(const PlanEntry&, std::uint64_t seed)>& wanted);

}  // namespace predcorr
