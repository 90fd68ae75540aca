// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace predcorr {

struct TextCell {
  std::string text;
  bool marked = false;     ///< among the best of its column, or what else the table wants to point out
  std::string group = {};  ///< letters: cells of a column that share one are not told apart
};
using TextRow = std::vector<TextCell>;

/// A table for people. The first column is a label, the others are numbers. Whatever a label holds, no control
/// character goes out, and no sign that breaks a table of Markdown.
struct TextTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<TextRow> rows;
  std::string note = {};   ///< a line below the table
  std::size_t always = 1;  ///< so many columns from the left stay, however narrow the terminal
};

struct TerminalStyle {
  /// Characters to a line; 0: no end. Columns that do not fit are left out and counted, text is broken at blanks, and
  /// errors are written close to their values: 1.0±0.1.
  std::size_t width = 0;
  bool colour = false;  ///< titles and marked cells bold, cells that say "failed" or "missing" red
};

/// Columns aligned, marked cells with a star, groups behind the values. One score is shown however narrow the terminal.
std::string terminal_text(const TextTable& table, const TerminalStyle& style = {});

/// A heading of the second level and the table, marked cells bold.
std::string markdown_text(const TextTable& table);

/// A mean with four significant digits, its standard error, if there is one, with as many decimals.
std::string with_error(double mean, const std::optional<double>& standard_error);

}  // namespace predcorr
