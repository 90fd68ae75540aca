// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/parameters.hpp"
#include "datasets/dataset.hpp"

namespace predcorr {

/// A column by name, or by number from 0 where no column has that name; -1 is the last.
struct Column {
  std::string text;
};
template <>
struct JsonType<Column> {
  static std::string name() { return "column"; }
  static bool usable(const Column&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const Column& column) { return column.text; }
  static Column read(const Json& value);
};
inline void to_json(Json& json, const Column& column) { json = column.text; }

/// What to make of a text table.
struct TableLayout {
  Column target;
  std::vector<Column> drop;
  std::string group;            ///< column whose equal values a split keeps together; empty for none
  std::string header = "auto";  ///< "yes", "no", or "auto": yes if no cell of the first line is a number
};

/// Reads comma-, semicolon-, tab- or blank-separated text (found out from the first line) with optional header and
/// quoted cells. Blank lines are skipped. Inputs are all columns but target, group and dropped ones.
/// @param origin the file's name for messages  @throws Error (data) with line and column
Dataset parse_table(std::string_view text, const std::string& origin, const TableLayout& layout);

/// The same from a file; fills in the source's file name and SHA-256.
Dataset read_table(const std::filesystem::path& file, const TableLayout& layout);

/// Inputs of rows to predict: the columns called `wanted`, in that order, among whatever else the table has. A table
/// without a header must have these columns and no others.  @return n x d  @throws Error (data) with line and column
Matrix parse_inputs(std::string_view text, const std::string& origin, const std::vector<std::string>& wanted);

/// The first of `folders` (or the path itself) under which the file exists.
/// @throws Error (io) that lists where it was looked for
std::filesystem::path find_data_file(const std::string& file, const std::vector<std::filesystem::path>& folders,
                                     const std::string& advice);

}  // namespace predcorr
