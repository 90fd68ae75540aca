// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
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

/// Steps of a counter whose values mix_bits turns into random numbers: SplitMix64 (Steele et al. 2014).
inline constexpr std::uint64_t kCounterStep = 0x9e3779b97f4a7c15;

/// SplitMix64's finaliser: a bijection in which every bit of the result depends on all bits of `z`.
inline std::uint64_t mix_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// A hash so far, and a number more; 0 and -0 are one.
inline std::uint64_t hash_with(std::uint64_t hash, double value) {
  return mix_bits(hash + kCounterStep + std::bit_cast<std::uint64_t>(value + 0.0));
}

}  // namespace predcorr
