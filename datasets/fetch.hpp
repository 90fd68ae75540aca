// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace predcorr::datasets {

/// $XDG_CACHE_HOME/predcorr/datasets, or ~/.cache/predcorr/datasets.
std::filesystem::path cache_folder();

/// Where data files are looked for, in order: `given` (from --data), $PREDCORR_DATA, the cache; each also with `uci`.
std::vector<std::filesystem::path> data_folders(const std::filesystem::path& given);

/// Downloads a file with libcurl. It appears at `destination` only if its SHA-256 is the expected one; nothing partial
/// is ever left.  @param url https, http or file  @throws Error (io), or (data) if the check sum is another
void download(const std::string& url, const std::string& sha256, const std::filesystem::path& destination);

/// Downloads a catalogue file into the cache, unless it is there already and right. Returns where it is.
/// @throws Error (config) for an unknown name, or as download
std::filesystem::path fetch(const std::string& name);

}  // namespace predcorr::datasets
