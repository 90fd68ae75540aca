// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace predcorr {

/// "; did you mean 'x'?" where a known name is close to the given one, and the known names in any case.
/// To be put behind "unknown model 'y'".
std::string suggestion(const std::string& given, const std::vector<std::string>& known);

/// Whether a list of names has this one.
bool contains(const std::vector<std::string>& names, const std::string& name);

/// "a, b, c".
std::string comma_list(const std::vector<std::string>& names);

}  // namespace predcorr
