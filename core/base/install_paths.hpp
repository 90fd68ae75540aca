// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace predcorr {

/// Where what comes with predcorr may lie, the first place first: share/predcorr/NAME of the installation that the
/// running program belongs to; the same in the checkout that the program was built in, wherever that has been moved or
/// copied to; in the checkout that was compiled.
/// @param name in an installation, e.g. "suites"  @param source in a checkout, e.g. "harness/suites"
std::vector<std::filesystem::path> shipped_folders(const std::string& name, const std::string& source);

}  // namespace predcorr
