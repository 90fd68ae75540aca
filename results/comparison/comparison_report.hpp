// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "results/comparison/run_comparison.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {

/// What changed beyond noise, a row each, the surest first; how many did not; what came or went; what gates refuse.
/// @param gates that were asked for, perhaps none
std::string comparison_text(const RunComparison& comparison, const std::vector<Gate>& gates,
                            const TerminalStyle& style);

/// The same as Markdown, for a pull request.
std::string comparison_markdown(const RunComparison& comparison, const std::vector<Gate>& gates);

/// Every change, whatever came of it. Shape: results/schema/comparison.schema.json.
OrderedJson to_json(const RunComparison& comparison, const std::vector<Gate>& gates);

inline constexpr const char* kComparisonSchema = "predcorr/comparison/1";

}  // namespace predcorr
