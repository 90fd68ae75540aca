// SPDX-License-Identifier: Apache-2.0
#include "datasets/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "datasets/delimited_text.hpp"

namespace predcorr {
namespace {

struct Table {
  std::vector<std::string> names;
  std::vector<DelimitedRow> rows;
  bool has_header;
  std::string notes;  ///< what was taken for what
};

std::string joined(const std::vector<std::string>& cells, std::size_t most) {
  std::string text =
      comma_list({cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(std::min(most, cells.size()))});
  return cells.size() > most ? text + ", ..." : text;
}

/// Why a first line of numbers could be one of names, such as years or wavelengths; empty where nothing hints at it.
std::string likeness_to_names(const std::vector<DelimitedRow>& rows) {
  std::vector<double> first;
  for (const std::string& cell : rows.front().cells) {
    const auto value = number_in(cell);
    if (!value || !std::isfinite(*value)) return "";
    first.push_back(*value);
  }
  const std::size_t width = first.size();
  if (width >= 3) {
    const double step = first[1] - first[0];
    bool even = step != 0;
    for (std::size_t j = 1; j < width && even; ++j)
      even = first[j] == std::floor(first[j]) && first[j] - first[j - 1] == step;
    if (even && first[0] == std::floor(first[0])) return "its numbers go up in equal steps";
  }
  if (width < 2 || rows.size() < 4) return "";
  for (std::size_t j = 0; j < width; ++j) {
    double low = INFINITY, high = -INFINITY;
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (const auto value = number_in(rows[i].cells[j]); value && std::isfinite(*value)) {
        low = std::min(low, *value);
        high = std::max(high, *value);
      }
    if (!(first[j] < low || first[j] > high)) return "";
  }
  return "every number lies outside of what is below it";
}

std::string words_on_first_line(const std::vector<DelimitedRow>& rows, bool has_header, bool told) {
  const DelimitedRow& first = rows.front();
  if (has_header) return fmt::format("line {} is taken as the columns' names", first.line);
  if (told) return fmt::format("line {} is taken as data", first.line);
  std::string words =
      fmt::format("line {} ({}) is taken as data, since it has numbers", first.line, joined(first.cells, 4));
  if (const std::string why = likeness_to_names(rows); !why.empty())
    words = fmt::format("WARNING: {}, but it looks like names: {}", words, why);
  return words + R"(; if it has the columns' names, say so: --header yes, in a suite "header": "yes")";
}

Table table_of(std::string_view text, const std::string& origin, HeaderLine header,
               const std::vector<std::string>& expected_names = {}) {
  Table table{{}, split_delimited(text, origin).rows, false, ""};
  const std::vector<std::string> first = table.rows.front().cells;
  std::vector<std::string> numbered, named;
  for (std::size_t j = 0; j < first.size(); ++j) {
    numbered.push_back(fmt::format("column {}", j));
    named.push_back(first[j].empty() ? numbered[j] : first[j]);
  }
  const bool no_number =
      std::none_of(first.begin(), first.end(), [](const auto& cell) { return number_in(cell).has_value(); });
  const bool expected = !expected_names.empty() && std::all_of(expected_names.begin(), expected_names.end(),
                                                               [&](const auto& name) { return contains(named, name); });
  table.has_header = header == HeaderLine::present || (header == HeaderLine::detected && (no_number || expected));
  table.notes = words_on_first_line(table.rows, table.has_header, header == HeaderLine::absent);
  table.names = table.has_header ? named : numbered;
  if (table.has_header) {
    if (first.front().empty())
      table.notes += "; the first column has no name: if it is an index, no measurement, drop column 0";
    table.rows.erase(table.rows.begin());
  }
  require(!table.rows.empty(), ErrorKind::data, "{}: has a header but no rows", origin);
  return table;
}

/// "1 and 3": numbers of the columns that have this name.
std::string numbers_of(const std::string& name, const std::vector<std::string>& names) {
  std::string numbers;
  for (std::size_t j = 0; j < names.size(); ++j)
    if (names[j] == name) numbers += fmt::format("{}{}", numbers.empty() ? "" : " and ", j);
  return numbers;
}

std::size_t find_column(const std::string& wanted, const std::vector<std::string>& names, const std::string& origin,
                        const char* advice = "name the one meant by its number") {
  const auto named = std::find(names.begin(), names.end(), wanted);
  if (std::count(names.begin(), names.end(), wanted) > 1)
    fail(ErrorKind::data, "{}: has several columns named '{}', numbers {}; {}", origin, wanted,
         numbers_of(wanted, names), advice);
  if (named != names.end()) return static_cast<std::size_t>(named - names.begin());
  int number = 0;
  const auto [end, status] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  const int count = static_cast<int>(names.size());
  if (status == std::errc() && end == wanted.data() + wanted.size() && number >= -count && number < count)
    return static_cast<std::size_t>(number < 0 ? number + count : number);
  fail(ErrorKind::data, "{}: has no column '{}'{}; numbers run from 0 to {}, or from -1 for the last", origin, wanted,
       suggestion(wanted, names), count - 1);
}

double value_of(const Table& table, const DelimitedRow& row, std::size_t column, const std::string& origin) {
  const std::string& cell = row.cells[column];
  const auto value = number_in(cell);
  if (value && std::isfinite(*value)) return *value;
  const bool names = !table.has_header && &row == &table.rows.front();
  fail(ErrorKind::data, "{}:{}: column {} ('{}'): '{}' is not a finite number; {}, or drop the column{}", origin,
       row.line, column + 1, table.names[column], cell,
       cell.empty()              ? "the value is missing: fill in the cell, remove the line"
       : has_decimal_comma(cell) ? "write numbers without commas, decimals with a point"
                                 : "mend the cell",
       names ? ". If this line has the columns' names, say so: --header yes, in a suite \"header\": \"yes\"" : "");
}

/// Two inputs of one name could be learned from, but never be named again: for predictions, in a report.
void check_twins(const std::vector<std::string>& names, const std::vector<std::size_t>& used,
                 const std::string& origin) {
  std::set<std::string> seen;
  for (const std::size_t j : used)
    if (!seen.insert(names[j]).second) {
      std::vector<std::string> used_names(names.size());
      for (const std::size_t k : used) used_names[k] = names[k];
      fail(ErrorKind::data, "{}: columns {} have the same name '{}'; rename one of them, or drop one by its number",
           origin, numbers_of(names[j], used_names), names[j]);
    }
}

}  // namespace

Column JsonType<Column>::read(const Json& value) {
  if (value.is_number_integer()) return {std::to_string(value.get<std::int64_t>())};
  if (!value.is_string()) wrong_type("a column's name or number", value);
  return {value.get<std::string>()};
}

Dataset parse_table(std::string_view text, const std::string& origin, const TableLayout& layout) {
  const Table table = table_of(text, origin, layout.header);
  const auto& names = table.names;
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
  data.source.notes = table.notes;
  std::vector<std::size_t> inputs, used = {target};
  for (std::size_t j = 0; j < width; ++j)
    if (is_input[j]) {
      inputs.push_back(j);
      used.push_back(j);
      data.input_names.push_back(names[j]);
    }
  check_twins(names, used, origin);
  data.inputs.resize(std::ssize(table.rows), std::ssize(inputs));
  data.targets.resize(std::ssize(table.rows));
  std::map<std::string, Index> group_numbers;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto row = static_cast<Index>(i);
    for (std::size_t j = 0; j < inputs.size(); ++j)
      data.inputs(row, static_cast<Index>(j)) = value_of(table, table.rows[i], inputs[j], origin);
    data.targets(row) = value_of(table, table.rows[i], target, origin);
    if (!group) continue;
    const std::string& name = table.rows[i].cells[*group];
    require(!name.empty(), ErrorKind::data,
            "{}:{}: column {} ('{}'): the group is missing; fill in the cell, or remove the line", origin,
            table.rows[i].line, *group + 1, names[*group]);
    data.groups.push_back(group_numbers.try_emplace(name, std::ssize(group_numbers)).first->second);
  }
  return data;
}

EnumWords<HeaderLine> words_of(HeaderLine) {
  return {{"auto", HeaderLine::detected}, {"yes", HeaderLine::present}, {"no", HeaderLine::absent}};
}

InputTable parse_inputs(std::string_view text, const std::string& origin, const std::vector<std::string>& wanted,
                        HeaderLine header) {
  const Table table = table_of(text, origin, header, wanted);
  std::vector<std::size_t> columns;
  for (std::size_t j = 0; j < wanted.size(); ++j)
    columns.push_back(table.has_header ? find_column(wanted[j], table.names, origin, "remove or rename the others")
                                       : j);
  require(table.has_header || table.names.size() == wanted.size(), ErrorKind::data,
          "{}: has no header and {} columns; without a header it must have the {} inputs ({}) and nothing else", origin,
          table.names.size(), wanted.size(), comma_list(wanted));
  InputTable result{Matrix(std::ssize(table.rows), std::ssize(wanted)), table.notes};
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    for (std::size_t j = 0; j < wanted.size(); ++j)
      result.inputs(static_cast<Index>(i), static_cast<Index>(j)) = value_of(table, table.rows[i], columns[j], origin);
  return result;
}

Dataset read_table(const std::filesystem::path& file, const TableLayout& layout) {
  const std::string text = read_text_file(file);
  Dataset data = parse_table(text, file.string(), layout);
  data.source.file = file.string();
  data.source.sha256 = sha256_hex(text);
  return data;
}

FoundFile find_data_file(const std::string& file, const std::vector<std::filesystem::path>& folders,
                         const std::string& advice) {
  namespace fs = std::filesystem;
  std::vector<fs::path> places;
  if (fs::path(file).is_absolute() || folders.empty())
    places.push_back(file);
  else
    for (const auto& folder : folders) places.push_back(folder / file);
  FoundFile found;
  std::vector<std::string> tried;
  std::error_code ignored;
  for (const auto& place : places) {
    if (!fs::is_regular_file(place, ignored)) {
      tried.push_back(place.string());
    } else if (found.path.empty()) {
      found.path = place;
    } else if (!fs::equivalent(place, found.path, ignored)) {
      found.others.push_back(place);
    }
  }
  if (!found.path.empty()) return found;
  fail(ErrorKind::io, "{}: no such file; {} (looked for {}){}", file, advice, comma_list(tried),
       !folders.empty() && !file.empty() && fs::is_regular_file(file, ignored)
           ? "; there is one in the working folder, which is not looked in: --data . would"
           : "");
}

}  // namespace predcorr
