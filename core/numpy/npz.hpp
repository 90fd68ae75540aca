// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/numpy/npy.hpp"

struct zip;

namespace predcorr {

/// Collects arrays and writes them as a NumPy .npz file, without copying them: they must outlive `save`.
/// Equal arrays give equal bytes; of deflated files, where zlib is the same.
class NpzWriter {
 public:
  enum class Compression { none, deflated };

  void add(const std::string& name, const Vector& values);
  void add(const std::string& name, const VectorF& values);     ///< float32
  void add(const std::string& name, const Matrix& values);      ///< Fortran order
  void add(const std::string& name, const RowMatrix& values);   ///< C order
  void add(const std::string& name, const RowMatrixF& values);  ///< C order, float32
  void add(const std::string& name, const Rows& values);        ///< int64
  void add(const std::string& name, const Index& value);        ///< int64, no dimension

  /// @throws Error (io), e.g. when the disk is full. Not atomic by itself: see write_atomically.
  void save(const std::filesystem::path& file, Compression compression = Compression::none) const;

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

/// Reads arrays of a .npz file, stored or deflated: float64, float32, integers or bool, in C or Fortran order, little
/// or big-endian, of at most two dimensions unless more are asked for (core/numpy/npy.hpp). Members that are no .npy
/// are left alone.
class NpzReader {
 public:
  /// @throws Error (io) if the file is no archive, (data) if an array is there twice, is encrypted, is compressed by
  /// anything but deflate, or has a name that leads out of a folder
  explicit NpzReader(const std::filesystem::path& file) : NpzReader(file, As{file.string()}) {}

  /// What messages call a file, once it is known to be one.
  struct As {
    std::string name;
  };
  NpzReader(const std::filesystem::path& file, const As& as);

  /// The same of an archive in memory. @param bytes must outlive this  @param name what messages call it
  NpzReader(std::string_view bytes, const std::string& name);
  ~NpzReader();
  NpzReader(const NpzReader&) = delete;
  NpzReader& operator=(const NpzReader&) = delete;

  /// The arrays' names, sorted.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const { return members_.count(name) > 0; }

  /// Type and shape. Reads the header only.
  NpyHeader header(const std::string& name, int most = kMatrixDimensions) const;

  /// A deflated array that is larger than one would think from its bytes in the file is read only where so much was to
  /// be expected: up to `expected` numbers, and up to 256 MiB as doubles; else a small file could fill the memory.
  /// @param expected how many numbers the caller counts on, where it knows  @param most dimensions
  /// @throws Error (data) that names file and array, with what was found instead
  NpyArray array(const std::string& name, Index expected = 0, int most = kMatrixDimensions) const;

  /// One- or two-dimensional arrays; vectors come as one column. @throws Error (data) with what was found instead
  Matrix matrix(const std::string& name, Index expected = 0) const { return array(name, expected).matrix(); }
  Vector vector(const std::string& name, Index expected = 0) const { return array(name, expected).vector(); }
  Rows rows(const std::string& name) const { return array(name).integers(); }

  bool is_float32(const std::string& name) const { return header(name).is_float32(); }

 private:
  struct Member {
    std::uint64_t index, bytes, stored_bytes;
    bool deflated;
  };
  void list_members();
  const Member& member(const std::string& name) const;
  void check_size(const std::string& name, std::uint64_t bytes, Index expected) const;
  template <class Read>
  auto open(const std::string& name, const Read& read) const;

  std::string file_;
  std::uint64_t file_bytes_ = 0;
  std::unique_ptr<zip, void (*)(zip*)> archive_;
  std::map<std::string, Member> members_;
};

}  // namespace predcorr
