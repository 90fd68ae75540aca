// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace predcorr {

/// Where the suites that come with predcorr lie: beside an installed program, or in the source tree it was built from.
std::vector<std::filesystem::path> shipped_suite_folders();

/// Finds a pool of references by its folder or by its title, such as "toy-v1": in results/references of the working
/// folder, then among those that come with predcorr.  @throws Error (io) that names those there are
std::filesystem::path find_references(const std::string& title_or_folder);

}  // namespace predcorr
