// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/numpy/array_file.hpp"

namespace predcorr::models {

/// A folder where NAME.csv stands for the array NAME.
class CsvArrays : public ArrayFile {
 public:
  /// @param folder which messages do not name  @param known the arrays that it may have
  CsvArrays(std::filesystem::path folder, std::vector<std::string> known)
      : folder_(std::move(folder)), known_(std::move(known)) {}

  std::string name() const override { return "the answer"; }
  std::string where(const std::string& array) const override { return array + ".csv"; }
  std::vector<std::string> names() const override;
  bool contains(const std::string& array) const override;
  std::optional<NpyHeader> header(const std::string&) const override { return std::nullopt; }
  Matrix matrix(const std::string& array, Index expected) const override;
  MatrixF floats(const std::string& array, Index expected) const override {
    return matrix(array, expected).cast<float>();
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> known_;
};

/// A table of numbers, a row on each line, separated by commas; no header. Blank lines are skipped.
/// @param origin what messages call the text  @throws Error (data) with line and column
Matrix parse_csv_matrix(std::string_view text, const std::string& origin);

/// The same written, so that the very same numbers are read again.
std::string csv_matrix(const Eigen::Ref<const Matrix>& matrix);

}  // namespace predcorr::models
