// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace predcorr {

struct TextCell {
  std::string text;
  bool marked = false;  ///< the best of its column, or what else the table wants to point out
};
using TextRow = std::vector<TextCell>;

/// A table for people. The first column is a label, the others are numbers. Whatever a label holds, no control
/// character goes out, and no sign that breaks a table of Markdown.
struct TextTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<TextRow> rows;
  std::string note = {};  ///< a line below the table
};

/// Columns aligned, marked cells with a star.
std::string terminal_text(const TextTable& table);

/// A heading of the second level and the table, marked cells bold.
std::string markdown_text(const TextTable& table);

/// A mean with four significant digits, its standard error, if there is one, with as many decimals.
std::string with_error(double mean, const std::optional<double>& standard_error);

}  // namespace predcorr
