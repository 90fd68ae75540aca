// SPDX-License-Identifier: Apache-2.0
#include "datasets/table.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "core/files.hpp"
#include "core/hash.hpp"

namespace predcorr {
namespace {

constexpr char kBlanks = ' ';  // stands for any run of blanks and tabs

struct Line {
  Index number;
  std::vector<std::string> cells;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The value of a cell, whatever std::from_chars takes for a number, NaN and infinity included.
std::optional<double> number_in(std::string_view cell) {
  if (!cell.empty() && cell.front() == '+') cell.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (status != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

char separator_of(std::string_view line) {
  bool quoted = false;
  std::map<char, int> seen;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ',' || c == ';' || c == '\t')) ++seen[c];
  }
  for (const char c : {',', ';'})
    if (seen[c] > 0) return c;
  return seen['\t'] > 0 ? '\t' : kBlanks;
}

/// Tabs part cells (which may then hold blanks) only if every line has as many; else they are blanks like others.
bool same_number_of_tabs(std::string_view text) {
  std::ptrdiff_t first = -1;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const auto tabs = std::count(line.begin(), line.end(), '\t');
    if (first < 0) first = tabs;
    if (tabs != first) return false;
  }
  return true;
}

std::vector<std::string> cells_of(std::string_view line, char separator, const std::string& where) {
  std::vector<std::string> cells;
  std::size_t at = 0;
  while (true) {
    if (separator == kBlanks) {
      at = line.find_first_not_of(" \t\r", at);
      if (at == std::string_view::npos) break;
    }
    const auto start = line.find_first_not_of(" \t", at);
    if (start != std::string_view::npos && line[start] == '"') {
      std::string cell;
      std::size_t i = start + 1;
      for (;; ++i) {
        require(i < line.size(), ErrorKind::data, "{}: a quote is opened and not closed", where);
        if (line[i] != '"')
          cell += line[i];
        else if (i + 1 < line.size() && line[i + 1] == '"')
          cell += line[i++];
        else
          break;
      }
      cells.push_back(cell);
      at = separator == kBlanks ? i + 1 : line.find(separator, i);
    } else {
      const auto end = separator == kBlanks ? line.find_first_of(" \t\r", at) : line.find(separator, at);
      cells.emplace_back(trimmed(line.substr(at, end == std::string_view::npos ? end : end - at)));
      at = end;
    }
    if (at == std::string_view::npos || (separator == kBlanks && at >= line.size())) break;
    ++at;
  }
  return cells;
}

std::vector<Line> lines_of(std::string_view text, const std::string& origin) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);  // byte-order mark of spreadsheet programs
  std::vector<Line> lines;
  const bool regular_tabs = same_number_of_tabs(text);
  char separator = 0;
  for (Index number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (separator == 0) {
      separator = separator_of(line);
      if (separator == '\t' && !regular_tabs) separator = kBlanks;
    }
    lines.push_back({number, cells_of(line, separator, fmt::format("{}:{}", origin, number))});
    require(lines.back().cells.size() == lines.front().cells.size(), ErrorKind::data,
            "{}:{}: has {} cells, line {} has {}; every line needs the same number", origin, number,
            lines.back().cells.size(), lines.front().number, lines.front().cells.size());
  }
  require(!lines.empty(), ErrorKind::data, "{}: is empty; a table of numbers was expected", origin);
  return lines;
}

std::size_t find_column(const std::string& wanted, const std::vector<std::string>& names, const std::string& origin) {
  const auto named = std::find(names.begin(), names.end(), wanted);
  require(std::count(names.begin(), names.end(), wanted) <= 1, ErrorKind::data,
          "{}: has several columns named '{}'; name the one meant by its number", origin, wanted);
  if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
  int number = 0;
  const auto [end, status] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  const int count = static_cast<int>(names.size());
  if (status == std::errc() && end == wanted.data() + wanted.size() && number >= -count && number < count)
    return static_cast<std::size_t>(number < 0 ? number + count : number);
  fail(ErrorKind::data, "{}: has no column '{}'{}; numbers run from 0 to {}, or from -1 for the last", origin, wanted,
       suggestion(wanted, names), count - 1);
}

double value_of(const Line& line, std::size_t column, const std::vector<std::string>& names,
                const std::string& origin) {
  const std::string& cell = line.cells[column];
  const auto value = number_in(cell);
  if (!value || !std::isfinite(*value))
    fail(ErrorKind::data, "{}:{}: column {} ('{}'): '{}' is not a finite number; mend the cell, or drop the column",
         origin, line.number, column + 1, names[column], cell);
  return *value;
}

struct Table {
  std::vector<std::string> names;
  std::vector<Line> lines;
  bool has_header;
};

Table table_of(std::string_view text, const std::string& origin, const std::string& header) {
  Table table{{}, lines_of(text, origin), false};
  const auto& first = table.lines.front().cells;
  table.has_header = header == "yes" ||
                     (header == "auto" &&
                      std::none_of(first.begin(), first.end(), [](const auto& c) { return number_in(c).has_value(); }));
  for (std::size_t j = 0; j < first.size(); ++j)
    table.names.push_back(table.has_header ? first[j] : fmt::format("column {}", j));
  if (table.has_header) table.lines.erase(table.lines.begin());
  require(!table.lines.empty(), ErrorKind::data, "{}: has a header but no rows", origin);
  return table;
}

}  // namespace

Column JsonType<Column>::read(const Json& value) {
  if (value.is_number_integer()) return {std::to_string(value.get<std::int64_t>())};
  if (!value.is_string()) detail::wrong_type("a column's name or number", value);
  return {value.get<std::string>()};
}

Dataset parse_table(std::string_view text, const std::string& origin, const TableLayout& layout) {
  const Table table = table_of(text, origin, layout.header);
  const auto& [names, lines, has_header] = table;
  const std::size_t width = names.size();
  const std::size_t target = find_column(layout.target.text, names, origin);
  std::vector<bool> is_input(width, true);
  is_input[target] = false;
  for (const Column& dropped : layout.drop) {
    const std::size_t j = find_column(dropped.text, names, origin);
    require(j != target, ErrorKind::config, "{}: column '{}' is both the target and dropped", origin, dropped.text);
    is_input[j] = false;
  }
  std::optional<std::size_t> group;
  if (!layout.group.empty()) {
    group = find_column(layout.group, names, origin);
    require(*group != target, ErrorKind::config, "{}: column '{}' is both the target and the group", origin,
            layout.group);
    is_input[*group] = false;
  }

  Dataset data;
  data.target_name = names[target];
  std::vector<std::size_t> inputs;
  for (std::size_t j = 0; j < width; ++j)
    if (is_input[j]) {
      inputs.push_back(j);
      data.input_names.push_back(names[j]);
    }
  data.inputs.resize(std::ssize(lines), std::ssize(inputs));
  data.targets.resize(std::ssize(lines));
  std::map<std::string, Index> group_numbers;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto row = static_cast<Index>(i);
    for (std::size_t j = 0; j < inputs.size(); ++j)
      data.inputs(row, static_cast<Index>(j)) = value_of(lines[i], inputs[j], names, origin);
    data.targets(row) = value_of(lines[i], target, names, origin);
    if (group)
      data.groups.push_back(group_numbers.try_emplace(lines[i].cells[*group], std::ssize(group_numbers)).first->second);
  }
  return data;
}

Matrix parse_inputs(std::string_view text, const std::string& origin, const std::vector<std::string>& wanted) {
  const Table table = table_of(text, origin, "auto");
  std::vector<std::size_t> columns;
  for (std::size_t j = 0; j < wanted.size(); ++j)
    columns.push_back(table.has_header ? find_column(wanted[j], table.names, origin) : j);
  require(table.has_header || table.names.size() == wanted.size(), ErrorKind::data,
          "{}: has no header and {} columns; without a header it must have the {} inputs ({}) and nothing else", origin,
          table.names.size(), wanted.size(), comma_list(wanted));
  Matrix inputs(std::ssize(table.lines), std::ssize(wanted));
  for (std::size_t i = 0; i < table.lines.size(); ++i)
    for (std::size_t j = 0; j < wanted.size(); ++j)
      inputs(static_cast<Index>(i), static_cast<Index>(j)) = value_of(table.lines[i], columns[j], table.names, origin);
  return inputs;
}

Dataset read_table(const std::filesystem::path& file, const TableLayout& layout) {
  const std::string text = read_text_file(file);
  Dataset data = parse_table(text, file.string(), layout);
  data.source.file = file.string();
  data.source.sha256 = sha256_hex(text);
  return data;
}

std::filesystem::path find_data_file(const std::string& file, const std::vector<std::filesystem::path>& folders,
                                     const std::string& advice) {
  std::vector<std::filesystem::path> places = {file};
  if (std::filesystem::path(file).is_relative())
    for (const auto& folder : folders) places.push_back(folder / file);
  std::vector<std::string> tried;
  for (const auto& place : places) {
    if (std::filesystem::is_regular_file(place)) return place;
    tried.push_back(place.string());
  }
  fail(ErrorKind::io, "{}: no such file; {} (looked for {})", file, advice, comma_list(tried));
}

}  // namespace predcorr
