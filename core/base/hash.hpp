// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace predcorr {

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// The same of a file's content, read in blocks. @throws Error (io) if it cannot be read.
std::string sha256_hex_of_file(const std::filesystem::path& file);

/// The first 64 bits of SHA-256: equal on every machine and build, unlike std::hash.
std::uint64_t stable_hash(std::string_view bytes);

}  // namespace predcorr
