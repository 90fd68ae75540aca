// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/store/run_gaps.hpp"

namespace predcorr {

inline constexpr const char* kPartialHelp =
    "take what is there: planned cells without a result, or in several folders, are no error; the board says so";

/// Says on standard error what of a plan has no result, or more than one.
/// @param with_lines every gap, too, for commands that print no table
/// @return the program's exit status: kCellsFailed where cells failed, or are missing and that was not asked for
int status_of(const RunGaps& gaps, bool partial, bool with_lines = false);

}  // namespace predcorr
