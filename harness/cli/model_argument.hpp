// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/plugins/registry.hpp"

namespace predcorr {

/// A model as the command line takes it: a name, {"model": ..., "parameters": {...}} as JSON text, or a file (*.json)
/// that holds the latter.  @param option what messages call it: "--model"  @throws Error (config, io)
Spec read_model_argument(const std::string& text, const std::string& option);

/// A plug-in of any kind in the same three ways, as a suite would write it: a text, or what the JSON says.
/// @throws Error (config, io)
Json read_json_argument(const std::string& text, const std::string& option);

/// Where files that such a plug-in names are looked for: beside its own file; empty (the working folder) where it has
/// none.
std::filesystem::path folder_of_argument(const std::string& text);

}  // namespace predcorr
