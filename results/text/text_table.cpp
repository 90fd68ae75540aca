// SPDX-License-Identifier: Apache-2.0
#include "results/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "results/text/plain_text.hpp"

namespace predcorr {
namespace {

/// Characters, not bytes: the tables hold arrows and plus-minus signs in UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t to, bool left) {
  const std::string blanks(to - std::min(to, width(text)), ' ');
  return left ? text + blanks : blanks + text;
}

}  // namespace

std::string terminal_text(const TextTable& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const std::string& head : table.header) lines[0].push_back(printable_line(head));
  for (const TextRow& row : table.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const TextCell& cell : row) line.push_back((cell.marked ? "*" : "") + printable_line(cell.text));
  }
  std::string text = printable_line(table.title) + "\n";
  std::vector<std::size_t> widths(table.header.size(), 0);
  for (const auto& line : lines)
    for (std::size_t c = 0; c < widths.size(); ++c) widths[c] = std::max(widths[c], width(line[c]));
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < widths.size(); ++c) text += "  " + padded(line[c], widths[c], c == 0);
    text += '\n';
  }
  if (!table.note.empty()) text += fmt::format("  {}\n", printable_line(table.note));
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
    for (const TextCell& cell : row)
      text += cell.marked ? fmt::format(" **{}** |", markdown_escaped(cell.text))
                          : fmt::format(" {} |", markdown_escaped(cell.text));
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
