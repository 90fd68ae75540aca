// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace predcorr::models {

/// What one instruction path offers, and what it wants. All paths multiply 32-bit words of several 8-bit numbers: a
/// word of the left factor, which holds a row's numbers, by a word of the right one, which holds a column's; `step`
/// products are summed at once, for `lanes` rows side by side. Four bytes make a word where the processor multiplies
/// bytes, two 16-bit numbers elsewhere.

/// y(row, column) = scale * (first(row) + sum over words of w(row) x(column)) + start(row), for one panel of rows.
struct Int8Forward {
  const void* w;                 ///< word after word: vectors * lanes rows
  int vectors;                   ///< 1 or 2
  const std::int32_t* first;     ///< vectors * lanes: what sums begin with
  const void* x;                 ///< numbers, 4 / step bytes each
  const std::ptrdiff_t* starts;  ///< of columns, in numbers
  std::ptrdiff_t columns;
  const std::ptrdiff_t* offsets;  ///< of a column's runs, in numbers
  std::ptrdiff_t runs, words;     ///< words of a run
  float scale;
  const float* start;  ///< of the rows written; null: zeros
  float* y;
  const std::ptrdiff_t* places;  ///< of columns, in y
  std::ptrdiff_t rows;           ///< written, at most vectors * lanes
};

/// g(row, k) += sum over groups of columns of d(row) x(k), for one panel of rows.
struct Int8Gradient {
  const void* d;                  ///< group after group: words of vectors * lanes rows
  int vectors;                    ///< 1 or 2
  const std::uint32_t* x;         ///< word a: the numbers a, a + pitch, ... of the columns of a group
  const std::ptrdiff_t* groups;   ///< the first columns' starts
  std::ptrdiff_t count;           ///< of groups
  const std::ptrdiff_t* offsets;  ///< of a column's runs
  std::ptrdiff_t runs, depth;     ///< numbers of a run
  std::int32_t* g;
  std::ptrdiff_t g_stride;  ///< between the numbers k
};

/// Sums of 32 bits that wrap around are exact as long as the final sum has room; what a path adds on the way (see
/// `shifted`) need not.
struct Int8Kernels {
  int lanes, step;
  bool shifted;  ///< x is unsigned, 128 larger: sums begin with -128 times those of the rows
  void (*multiply)(const Int8Forward&);
  void (*add_gradient)(const Int8Gradient&);
};

/// Columns of the next block: `left` of them in blocks of about equal width, since narrow ones wait for their sums.
constexpr std::ptrdiff_t int8_block_width(std::ptrdiff_t left, std::ptrdiff_t most) {
  const std::ptrdiff_t blocks = (left + most - 1) / most;
  return (left + blocks - 1) / blocks;
}

extern const Int8Kernels kInt8Portable;
#if defined(__x86_64__)
extern const Int8Kernels kInt8Avx2, kInt8Vnni;
#endif

}  // namespace predcorr::models
