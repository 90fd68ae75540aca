// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr {

/// Who reads images asks for arrays of up to four dimensions; all others take two at most.
inline constexpr int kMatrixDimensions = 2, kImageDimensions = 4;

/// What the header of a NumPy array (.npy) says, of the arrays that can be read: numbers, of at most so many dimensions
/// as were asked for.
struct NpyHeader {
  std::string type;      ///< as NumPy writes it: "<f8"
  char kind = 'f';       ///< 'f' floating point, 'i' and 'u' integers, 'b' true or false
  int item_bytes = 8;    ///< of one number
  bool swapped = false;  ///< big-endian
  bool fortran = false;  ///< columns one after the other
  int dimensions = 0;
  Index rows = 1, cols = 1;  ///< 1 for a dimension that it does not have; of more than two, cols is the others' product
  std::vector<Index> sides;  ///< as the file has them

  bool is_float32() const { return kind == 'f' && item_bytes == 4; }
  bool is_integer() const { return kind != 'f'; }
  std::string shape() const;  ///< for messages: "a single number", "7", "3 x 4", "3 x 4 x 5"
};

/// Reads the header's Python dictionary, key by key: nothing but the three keys that NumPy writes, each once, in any
/// order. @param where what messages call the array  @param most dimensions
/// @throws Error (data) with what was found and what to do
NpyHeader parse_npy_header(std::string_view dictionary, const std::string& where, int most = kMatrixDimensions);

/// Bytes that come one after the other, from a file or out of an archive.
struct ByteSource {
  std::function<std::size_t(char*, std::size_t)> read;  ///< fills up to so many; 0 at the end
  std::uint64_t size = 0;                               ///< how many bytes it claims to have
  std::uint64_t at_once = 0;                            ///< how many may be allocated before they have come
};

/// An array as it was stored, but in this machine's byte order.
struct NpyArray {
  NpyHeader header;
  std::vector<char> bytes;
  std::string where;  ///< what messages call it

  /// A vector is one column, a single number 1 x 1; integers become doubles. Of more than two dimensions the first is
  /// the rows, and the others lie in a row as C has them, the last the fastest, whatever the order in the file.
  Matrix matrix() const;
  MatrixF floats() const;  ///< the same in single precision
  Vector vector() const;   ///< @throws Error (data) if it has two dimensions and more than one column
  Rows integers() const;   ///< @throws Error (data) if it has other numbers, or more than one column
};

/// Reads format 1.0, 2.0 or 3.0. Memory grows with what has come, never with what a header promises.
/// @param most dimensions that are read
/// @throws Error (data) if it is no array, of a type or shape that is not read, or not as long as its shape asks for
NpyArray read_npy(const ByteSource& source, const std::string& where, int most = kMatrixDimensions);

/// Its header alone, and whether the bytes that follow are as many as it asks for.
NpyHeader read_npy_header(const ByteSource& source, const std::string& where, int most = kMatrixDimensions);

/// A file with one array, as np.save writes it. @throws Error (io, data)
NpyArray read_npy_file(const std::filesystem::path& file, int most = kMatrixDimensions);

}  // namespace predcorr
