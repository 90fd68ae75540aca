// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/numpy/npz.hpp"

namespace predcorr {

/// Named arrays of numbers that somebody wrote into a file, or into several. What is read from it is not trusted: who
/// knows how many numbers are due says so, and looks at the header first, where there is one.
class ArrayFile {
 public:
  virtual ~ArrayFile() = default;

  /// What messages call the file, as whoever wrote it knows it: "prediction.npz".
  virtual std::string name() const = 0;
  /// What messages call an array: "prediction.npz: array 'mean'".
  virtual std::string where(const std::string& array) const = 0;

  virtual std::vector<std::string> names() const = 0;
  virtual bool contains(const std::string& array) const = 0;

  /// Type and shape as the file states them ahead of the numbers; none where only the numbers tell (text).
  /// @throws Error (data, io) if the array is missing or no array of numbers
  virtual std::optional<NpyHeader> header(const std::string& array) const = 0;

  /// Two dimensions; one dimension comes as a column. What is far larger than `expected` numbers is not read.
  /// @param expected how many numbers the caller counts on; 0 where it does not know  @throws Error (data, io)
  virtual Matrix matrix(const std::string& array, Index expected) const = 0;
  /// The same in single precision.
  virtual MatrixF floats(const std::string& array, Index expected) const = 0;

  bool is_float32(const std::string& array) const;
};

/// An .npz file.
class NpzFile : public ArrayFile {
 public:
  /// @param called what messages call the file; its path, where that is empty  @throws Error as NpzReader
  explicit NpzFile(const std::filesystem::path& file, const std::string& called = "");

  const NpzReader& reader() const { return reader_; }

  std::string name() const override { return name_; }
  std::string where(const std::string& array) const override;
  std::vector<std::string> names() const override { return reader_.names(); }
  bool contains(const std::string& array) const override { return reader_.contains(array); }
  std::optional<NpyHeader> header(const std::string& array) const override { return reader_.header(array); }
  Matrix matrix(const std::string& array, Index expected) const override { return reader_.matrix(array, expected); }
  MatrixF floats(const std::string& array, Index expected) const override;

 private:
  std::string name_;
  NpzReader reader_;
};

}  // namespace predcorr
