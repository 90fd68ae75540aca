// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace predcorr {

/// Keys are kept sorted, so `dump()` is canonical: equal values give equal bytes.
using Json = nlohmann::json;

/// Keys keep the order they were written in: for documents that people read.
using OrderedJson = nlohmann::ordered_json;

/// Parses strictly: a syntax error names line and column; a repeated key is an error, and so are lists and objects more
/// than 64 deep in each other. Nothing else in predcorr parses JSON.
/// @param origin what messages call the text, usually its file.  @throws Error (config)
Json parse_json(std::string_view text, const std::string& origin);

/// Reads and parses a file. @throws Error (io) if it cannot be read, (config) as parse_json.
Json read_json_file(const std::filesystem::path& file);

}  // namespace predcorr
