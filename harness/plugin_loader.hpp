// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/json.hpp"

namespace predcorr {

/// Loads a shared library for the rest of the program; whatever it registers (models, metrics, criteria, kernels, data
/// sets) is then there like the built-in ones. Its ABI stamp (core/plugins/abi.hpp) is read from the file before any of
/// its code runs.
/// @throws Error (io) if the file cannot be read, (config) if it is no plug-in, was built for another predcorr, Eigen,
/// compiler or standard library, cannot be loaded, or registers nothing or a name that is taken
void load_plugin(const std::filesystem::path& file);

/// What was loaded, for provenance: [{"file": .., "sha256": ..}].
Json loaded_plugins();

/// The parts of a stamp by name; empty where it is malformed.
std::map<std::string, std::string> read_abi_stamp(const std::string& stamp);

/// What differs between a plug-in's stamp and the program's, in words; empty where nothing does.
std::string abi_difference(const std::string& plugin, const std::string& program);

}  // namespace predcorr
