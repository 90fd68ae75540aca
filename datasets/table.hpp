// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugins/parameters.hpp"
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

/// Whether a table's first line has the columns' names: "auto" (yes if no cell of it is a number), "yes" or "no".
enum class HeaderLine { detected, present, absent };
EnumWords<HeaderLine> words_of(HeaderLine);

/// What to make of a text table.
struct TableLayout {
  Column target;
  std::vector<Column> drop;
  std::string group;  ///< column whose equal values a split keeps together; empty for none
  HeaderLine header = HeaderLine::detected;
};

/// Reads a text table (datasets/delimited_text.hpp says how). Inputs are all columns but target, group and dropped
/// ones; a column without a name is called "column 3" by its number. Cells of columns that are used have to be there,
/// and numbers; in dropped columns anything may stand. `source.notes` says in sentences what the first line was taken
/// for, and what looks wrong without being so for certain.
/// @param origin the file's name for messages
/// @throws Error (data) with line and column; for two columns of one name among inputs and target, with their numbers
Dataset parse_table(std::string_view text, const std::string& origin, const TableLayout& layout);

/// The same from a file; fills in the source's file name and SHA-256.
Dataset read_table(const std::filesystem::path& file, const TableLayout& layout);

/// Rows to predict.
struct InputTable {
  Matrix inputs;      ///< n x d
  std::string notes;  ///< what the first line was taken for
};

/// Inputs of rows to predict: the columns called `wanted`, in that order, among whatever else the table has. A table
/// without a header must have these columns and no others.
/// @param header where it is to be detected, a first line that has all wanted names is one, even if they are numbers
/// @throws Error (data) with line and column
InputTable parse_inputs(std::string_view text, const std::string& origin, const std::vector<std::string>& wanted,
                        HeaderLine header = HeaderLine::detected);

/// A data file by name: the first of `folders` that has it, or the path itself where it is absolute (and where there
/// are no folders). The working folder is not looked in unless it is one of them.
struct FoundFile {
  std::filesystem::path path;
  std::vector<std::filesystem::path> others;  ///< further files of that name in later folders
};
/// @throws Error (io) that lists where it was looked for
FoundFile find_data_file(const std::string& file, const std::vector<std::filesystem::path>& folders,
                         const std::string& advice);

}  // namespace predcorr
