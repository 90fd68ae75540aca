// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace predcorr::datasets {

/// $XDG_CACHE_HOME/predcorr/datasets, or ~/.cache/predcorr/datasets.
std::filesystem::path cache_folder();

/// Where data files are looked for, in order: `given` (from --data), $PREDCORR_DATA, the cache; each also with
/// `uci` and `images`.
std::vector<std::filesystem::path> data_folders(const std::filesystem::path& given);

inline constexpr std::uint64_t kLargestDownload = std::uint64_t{1} << 30;

/// Downloads a file with libcurl. It appears at `destination` only if its SHA-256 is the expected one; nothing partial
/// is ever left. A server may send us on to another address, from https to https alone, and never to a file.
/// @param url https, http or file  @param most bytes, at which it is given up
/// @throws Error (io), or (data) if the check sum is another
void download(const std::string& url, const std::string& sha256, const std::filesystem::path& destination,
              std::uint64_t most = kLargestDownload);

/// Downloads a data set's files (fetched_data() in datasets/catalogue.hpp) into the cache, unless they are there
/// already and right: a damaged one is fetched again. Returns where they are.
/// @throws Error (config) for an unknown name, or as download
std::vector<std::filesystem::path> fetch(const std::string& name);

}  // namespace predcorr::datasets
