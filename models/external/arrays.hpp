// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// Arrays that an external model wrote, in one .npz file or in one .csv file for each. Messages name the file without
/// its folder, whose name is another in every run.
class Arrays {
 public:
  virtual ~Arrays() = default;
  virtual bool contains(const std::string& name) const = 0;
  /// Rows and columns as a file's header has them; none where only the numbers themselves tell (csv).
  virtual std::optional<std::pair<Index, Index>> sides(const std::string& name) const = 0;
  /// Two dimensions; one dimension comes as a column. What is far larger than so many numbers is not read.
  /// @param expected numbers that are due; 0 where that is not known  @throws Error (data, io)
  virtual Matrix matrix(const std::string& name, Index expected) const = 0;
  virtual bool is_float32(const std::string& name) const = 0;
  /// What messages call an array: "prediction.npz: array 'mean'" or "mean.csv".
  virtual std::string subject(const std::string& name) const = 0;
};

/// @param file a .npz file  @throws Error (io) if it is missing or no archive
std::unique_ptr<const Arrays> npz_arrays(const std::filesystem::path& file);

/// @param folder where NAME.csv stands for the array NAME
std::unique_ptr<const Arrays> csv_arrays(const std::filesystem::path& folder);

/// A table of numbers, a row on each line, separated by commas; no header. Blank lines are skipped.
/// @param origin what messages call the text  @throws Error (data) with line and column
Matrix parse_csv_matrix(std::string_view text, const std::string& origin);

/// The same written, so that the very same numbers are read again.
std::string csv_matrix(const Eigen::Ref<const Matrix>& matrix);

}  // namespace predcorr::models
