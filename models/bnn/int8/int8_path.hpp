// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace predcorr::models {

/// By which instructions 8-bit integers are multiplied: AVX-512 VNNI, AVX2, or those of any processor. The processor
/// decides when the program runs, not the level of the build: sums of integers are exact, so results have the same
/// bits.
enum class Int8Path { portable, avx2, vnni };

const char* to_string(Int8Path path);

/// Those that this processor has, the slowest first.
const std::vector<Int8Path>& int8_paths();

/// The fastest of them.
Int8Path best_int8_path();

}  // namespace predcorr::models
