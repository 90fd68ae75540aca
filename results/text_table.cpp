// SPDX-License-Identifier: Apache-2.0
#include "results/text_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

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
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    widths.push_back(width(table.header[c]));
    for (const TextRow& row : table.rows) widths[c] = std::max(widths[c], width(row[c].text) + (row[c].marked ? 1 : 0));
  }
  std::string text = table.title + "\n";
  for (std::size_t c = 0; c < widths.size(); ++c) text += "  " + padded(table.header[c], widths[c], c == 0);
  text += '\n';
  for (const TextRow& row : table.rows) {
    for (std::size_t c = 0; c < widths.size(); ++c)
      text += "  " + padded((row[c].marked ? "*" : "") + row[c].text, widths[c], c == 0);
    text += '\n';
  }
  if (!table.note.empty()) text += fmt::format("  {}\n", table.note);
  return text;
}

std::string markdown_text(const TextTable& table) {
  std::string text = fmt::format("## {}\n\n| {} |\n|", table.title, fmt::join(table.header, " | "));
  for (std::size_t c = 0; c < table.header.size(); ++c) text += c == 0 ? ":--|" : "--:|";
  text += '\n';
  for (const TextRow& row : table.rows) {
    text += '|';
    for (const TextCell& cell : row)
      text += cell.marked ? fmt::format(" **{}** |", cell.text) : fmt::format(" {} |", cell.text);
    text += '\n';
  }
  if (!table.note.empty()) text += fmt::format("\n{}\n", table.note);
  return text;
}

std::string with_error(const OrderedJson& summary) {
  const double mean = summary.at("mean").get<double>(), size = std::abs(mean);
  const bool extreme = size != 0 && (size < 1e-3 || size >= 1e6);
  const int before = size < 1 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
  const auto text = [&](double value) {
    return extreme ? fmt::format("{:.3g}", value) : fmt::format("{:.{}f}", value, std::clamp(4 - before, 0, 3));
  };
  return summary.at("stderr").is_null() ? text(mean) : text(mean) + " ± " + text(summary.at("stderr").get<double>());
}

}  // namespace predcorr
