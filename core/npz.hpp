// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/linalg.hpp"

struct zip;

namespace predcorr {

/// Collects arrays and writes them as an uncompressed NumPy .npz file, without copying them: they must outlive `save`.
/// Equal arrays give equal bytes.
class NpzWriter {
 public:
  void add(const std::string& name, const Vector& values);
  void add(const std::string& name, const VectorF& values);     ///< float32
  void add(const std::string& name, const Matrix& values);      ///< Fortran order
  void add(const std::string& name, const RowMatrix& values);   ///< C order
  void add(const std::string& name, const RowMatrixF& values);  ///< C order, float32
  void add(const std::string& name, const Rows& values);        ///< int64
  void add(const std::string& name, const Index& value);        ///< int64, no dimension

  /// @throws Error (io), e.g. when the disk is full. Not atomic by itself: see write_atomically.
  void save(const std::filesystem::path& file) const;

 private:
  struct Array {
    std::string name, header;
    const void* data;
    std::uint64_t bytes;
  };
  void add_raw(const std::string& name, const std::string& type, const std::string& shape, bool fortran,
               const void* data, std::uint64_t bytes);
  std::vector<Array> arrays_;
};

/// Reads arrays of a .npz file: little-endian float64, float32 or int64, in C or Fortran order, stored or deflated.
class NpzReader {
 public:
  /// @throws Error (io) if the file is no archive
  explicit NpzReader(const std::filesystem::path& file);
  ~NpzReader();
  NpzReader(const NpzReader&) = delete;
  NpzReader& operator=(const NpzReader&) = delete;

  bool contains(const std::string& name) const;

  /// One- or two-dimensional arrays; vectors come as one column. @throws Error (data) with what was found instead
  Matrix matrix(const std::string& name) const;
  Vector vector(const std::string& name) const;
  Rows rows(const std::string& name) const;

  /// Whether the array has single precision. Reads its header only.
  bool is_float32(const std::string& name) const;

 private:
  struct Content;
  Content read(const std::string& name, bool header_only = false) const;

  std::filesystem::path file_;
  zip* archive_;
};

}  // namespace predcorr
