// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace predcorr {

/// Where the suites that come with predcorr lie: beside an installed program, or in the source tree it was built from.
std::vector<std::filesystem::path> shipped_suite_folders();

}  // namespace predcorr
