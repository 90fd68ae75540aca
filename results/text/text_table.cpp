// SPDX-License-Identifier: Apache-2.0
#include "results/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/base/text.hpp"
#include "results/text/plain_text.hpp"

namespace predcorr {
namespace {

std::string padded(const std::string& text, std::size_t to, bool left) {
  const std::string blanks(to - std::min(to, characters(text)), ' ');
  return left ? text + blanks : blanks + text;
}

/// A column of a terminal's table, ready but for its place.
struct TextColumn {
  std::vector<std::string> cells;  // the head first
  std::vector<bool> marked, failed;
  std::size_t width = 0;
};

/// "1.0 ± 0.1" as "1.0±0.1".
std::string narrowed(std::string text) {
  constexpr std::string_view kWide = " ± ", kNarrow = "±";
  for (std::size_t at = 0; (at = text.find(kWide, at)) != std::string::npos; at += kNarrow.size())
    text.replace(at, kWide.size(), kNarrow);
  return text;
}

/// @param narrow whether width is short
TextColumn column_of(const TextTable& table, std::size_t c, bool narrow) {
  TextColumn column;
  std::size_t letters = 0;
  for (const TextRow& row : table.rows) letters = std::max(letters, row[c].group.size());
  const auto add = [&](const std::string& text, const std::string& group, bool marked) {
    std::string cell = (marked ? "*" : "") + printable_line(narrow && c > 0 ? narrowed(text) : text);
    if (letters > 0) cell += padded(group.empty() ? "" : " " + group, letters + 1, true);
    column.width = std::max(column.width, characters(cell));
    column.cells.push_back(std::move(cell));
    column.marked.push_back(marked);
    column.failed.push_back(text == "failed" || text == "missing");
  };
  add(table.header[c], "", false);
  for (const TextRow& row : table.rows) add(row[c].text, row[c].group, row[c].marked);
  return column;
}

/// Those that fit, from the left.
std::vector<TextColumn> fitting_columns(const TextTable& table, std::size_t width) {
  std::vector<TextColumn> columns;
  std::size_t used = 0;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    TextColumn column = column_of(table, c, width > 0);
    used += 2 + column.width;
    if (width > 0 && used > width && c > table.always) break;
    columns.push_back(std::move(column));
  }
  return columns;
}

const char* const kBold = "\x1b[1m";
const char* const kRed = "\x1b[31m";
const char* const kPlain = "\x1b[0m";

}  // namespace

std::string terminal_text(const TextTable& table, const TerminalStyle& style) {
  const auto in = [&](const char* colour, const std::string& text) {
    return style.colour ? colour + text + kPlain : text;
  };
  std::string text = in(kBold, printable_line(table.title)) + "\n";
  const std::vector<TextColumn> columns = fitting_columns(table, style.width);
  for (std::size_t line = 0; line <= table.rows.size(); ++line) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::string cell = padded(columns[c].cells[line], columns[c].width, c == 0);
      text += "  " + (columns[c].failed[line] ? in(kRed, cell) : columns[c].marked[line] ? in(kBold, cell) : cell);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  if (const std::size_t hidden = table.header.size() - columns.size(); hidden > 0)
    text += fmt::format("  {} more column{}: --wide\n", hidden, hidden == 1 ? "" : "s");
  if (!table.note.empty()) text += wrapped(printable_line(table.note), style.width, 2);
  return text;
}

std::string markdown_text(const TextTable& table) {
  std::string text = fmt::format("## {}\n\n|", markdown_escaped(table.title));
  for (const std::string& head : table.header) text += fmt::format(" {} |", markdown_escaped(head));
  text += "\n|";
  for (std::size_t c = 0; c < table.header.size(); ++c) text += c == 0 ? ":--|" : "--:|";
  text += '\n';
  for (const TextRow& row : table.rows) {
    text += '|';
    for (const TextCell& cell : row) {
      const std::string value = markdown_escaped(cell.text), group = cell.group.empty() ? "" : " " + cell.group;
      text += cell.marked ? fmt::format(" **{}**{} |", value, group) : fmt::format(" {}{} |", value, group);
    }
    text += '\n';
  }
  if (!table.note.empty()) text += fmt::format("\n{}\n", markdown_escaped(table.note));
  return text;
}

std::string with_error(double mean, const std::optional<double>& standard_error) {
  const double size = std::abs(mean);
  const bool extreme = size != 0 && (size < 1e-3 || size >= 1e6);
  const int before = size < 1 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
  const auto text = [&](double value) {
    return extreme ? fmt::format("{:.3g}", value) : fmt::format("{:.{}f}", value, std::clamp(4 - before, 0, 3));
  };
  return standard_error ? text(mean) + " ± " + text(*standard_error) : text(mean);
}

}  // namespace predcorr
