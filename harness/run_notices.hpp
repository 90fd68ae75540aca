// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "harness/suites/suite.hpp"

namespace predcorr {

/// What a run understood that its user may have meant otherwise, a line each: which seeds, and of each table, or
/// set of images, of the user's own which file was read, its rows and columns, and the notes of reading it.
/// @param datasets as describe_datasets gives them
std::string run_notices(const Suite& suite, const std::vector<RunDataset>& datasets);

/// The same on standard error.
void print_run_notices(const Suite& suite, const std::vector<RunDataset>& datasets);

}  // namespace predcorr
