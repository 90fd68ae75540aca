// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::datasets {

/// An array of unsigned bytes, in C's order: the last dimension is the fastest.
struct IdxArray {
  std::vector<Index> sides;
  std::vector<std::uint8_t> values;
};

/// Reads an IDX file, the format of MNIST: two bytes 0, a byte for the type (8: unsigned bytes, the only one that is
/// read), a byte for the number of dimensions, each side as four bytes, the largest first, then the numbers. Compressed
/// by gzip or as it is. Memory grows with what has come, never with what the header promises.
/// @param dimensions that the file must have
/// @throws Error (io) where there is no such file, (data) where it is of another format, cut short, longer than its
/// sides ask for, or damaged (gzip's check sum)
IdxArray read_idx_file(const std::filesystem::path& file, int dimensions);

}  // namespace predcorr::datasets
