// SPDX-License-Identifier: Apache-2.0
#include "datasets/delimited_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace predcorr {
namespace {

constexpr char kBlanks = ' ', kNone = '\n';
constexpr std::size_t kSample = 200;   // rows that decide the separator
constexpr double kMostlyAgreed = 0.9;  // of them
constexpr std::size_t kEverything = std::numeric_limits<std::size_t>::max();

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Reads rows one by one. Without an `origin` nothing is refused: for trying separators.
class Scanner {
 public:
  Scanner(std::string_view text, char separator, const std::string* origin)
      : text_(text), separator_(separator), origin_(origin) {}

  /// The next row that is not blank; nothing at the end.
  std::optional<DelimitedRow> next() {
    while (at_ < text_.size()) {
      DelimitedRow row{line_, {}};
      const std::size_t start = at_;
      read_row(row);
      const bool blank = trimmed(text_.substr(start, end_ - start)).empty();
      // A row of tabs alone is one of empty cells if it has as many as the first, else a line with stray blanks.
      if (!blank || (separator_ == '\t' && width_ > 0 && row.cells.size() == width_)) {
        if (width_ == 0) width_ = row.cells.size();
        return row;
      }
    }
    return std::nullopt;
  }

 private:
  bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  void pass_line_end() {
    if (at_ >= text_.size()) return;
    at_ += text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
    ++line_;
  }

  /// Blanks that are not the separator.
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]) && text_[at_] != separator_or_any()) ++at_;
  }
  char separator_or_any() const { return separator_ == kBlanks ? '\0' : separator_; }

  bool at_separator() const {
    if (at_line_end()) return false;
    return separator_ == kBlanks ? is_blank(text_[at_]) : text_[at_] == separator_;
  }

  void read_row(DelimitedRow& row) {
    for (;;) {
      skip_blanks();
      if (separator_ == kBlanks && at_line_end()) break;
      row.cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_cell(row) : plain_cell());
      if (!at_separator()) break;
      ++at_;
    }
    end_ = at_;
    pass_line_end();
  }

  std::string plain_cell() {
    const std::size_t start = at_;
    while (!at_line_end() && !at_separator()) ++at_;
    return std::string(trimmed(text_.substr(start, at_ - start)));
  }

  std::string quoted_cell(const DelimitedRow& row) {
    const Index opened = line_;
    std::string cell;
    for (++at_;; ++at_) {
      if (at_ >= text_.size()) {
        refuse(opened, "a quote is opened and not closed");
        return cell;
      }
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      } else if (text_[at_] == '\n' || (text_[at_] == '\r' && (at_ + 1 >= text_.size() || text_[at_ + 1] != '\n'))) {
        ++line_;
      }
      cell += text_[at_];
    }
    ++at_;
    const std::size_t closed = at_;
    if (separator_ != kBlanks) skip_blanks();
    if (!at_line_end() && !at_separator()) {
      at_ = closed;
      const std::string rest = plain_cell();
      refuse(line_, fmt::format("column {}: there is '{}' behind the closing quote{}; a quote inside of quotes is "
                                "written twice",
                                row.cells.size() + 1, rest.substr(0, 40),
                                opened == line_ ? "" : fmt::format(" of what was opened in line {}", opened)));
      cell += rest;
    }
    return cell;
  }

  void refuse(Index line, const std::string& why) const {
    if (origin_ != nullptr) fail(ErrorKind::data, "{}:{}: {}", *origin_, line, why);
  }

  std::string_view text_;
  char separator_;
  const std::string* origin_;
  std::size_t at_ = 0, end_ = 0, width_ = 0;
  Index line_ = 1;
};

std::vector<DelimitedRow> rows_of(std::string_view text, char separator, std::size_t most) {
  Scanner scanner(text, separator, nullptr);
  std::vector<DelimitedRow> rows;
  while (rows.size() < most) {
    auto row = scanner.next();
    if (!row) break;
    rows.push_back(std::move(*row));
  }
  return rows;
}

bool is_number_like(const std::string& cell) { return number_in(cell).has_value() || has_decimal_comma(cell); }

/// Share of the rows that have as many cells as the first, and share of all cells that are numbers.
struct Fit {
  double agreement = 0, numbers = 0;
  bool operator>(const Fit& other) const {
    return agreement != other.agreement ? agreement > other.agreement : numbers > other.numbers;
  }
};
Fit fit_of(const std::vector<DelimitedRow>& rows) {
  std::size_t agreed = 0, cells = 0, numbers = 0;
  for (const DelimitedRow& row : rows) {
    if (row.cells.size() == rows.front().cells.size()) ++agreed;
    cells += row.cells.size();
    numbers += static_cast<std::size_t>(std::count_if(row.cells.begin(), row.cells.end(), is_number_like));
  }
  const auto share = [](std::size_t part, std::size_t all) {
    return static_cast<double>(part) / static_cast<double>(all);
  };
  return {share(agreed, rows.size()), share(numbers, cells)};
}

/// Whether all rows have as many cells as the first, two at least, and all but the first are numbers.
bool is_grid_of_numbers(const std::vector<DelimitedRow>& rows) {
  const std::size_t width = rows.front().cells.size();
  return width >= 2 && std::all_of(rows.begin() + 1, rows.end(), [&](const DelimitedRow& row) {
           return row.cells.size() == width &&
                  std::all_of(row.cells.begin(), row.cells.end(), [](const auto& cell) { return number_in(cell); });
         });
}

char separator_of(std::string_view text) {
  char best = kBlanks;
  Fit fit;
  for (const char candidate : {'\t', ';', ','}) {
    const std::vector<DelimitedRow> rows = rows_of(text, candidate, kSample);
    if (rows.empty() || rows.front().cells.size() < 2) continue;
    if (const Fit here = fit_of(rows); here > fit) {
      fit = here;
      best = candidate;
    }
  }
  const std::vector<DelimitedRow> rows = rows_of(text, kBlanks, kSample);
  if (rows.empty()) return kBlanks;
  if (best != kBlanks) return fit.agreement < kMostlyAgreed && is_grid_of_numbers(rows) ? kBlanks : best;
  // One column whose name has blanks.
  const bool one_column =
      rows.size() > 1 && rows.front().cells.size() > 1 &&
      std::all_of(rows.begin() + 1, rows.end(), [](const auto& row) { return row.cells.size() == 1; });
  return one_column ? kNone : kBlanks;
}

/// Refuses what is no UTF-8 text while file and line are known: JSON could not hold it.
void check_encoding(std::string_view text, const std::string& origin) {
  const auto begins_with = [&](std::string_view mark) { return text.substr(0, mark.size()) == mark; };
  require(!begins_with("\xFF\xFE") && !begins_with("\xFE\xFF"), ErrorKind::data,
          "{}: is UTF-16 text; save the table as UTF-8 (in a spreadsheet: \"CSV UTF-8\")", origin);
  const std::size_t good = std::min(utf8_prefix(text), text.find('\0'));
  if (good >= text.size()) return;
  const std::string_view before = text.substr(0, good);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  if (text[good] == '\0') fail(ErrorKind::data, "{}:{}: has a byte of value 0; is it a text table?", origin, line);
  const std::string_view last = before.substr(before.size() - std::min<std::size_t>(before.size(), 20));
  fail(ErrorKind::data,
       "{}:{}: is not UTF-8 text: byte 0x{:02X} behind \"{}\"; save the table as UTF-8 (in a spreadsheet: \"CSV "
       "UTF-8\"), or convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
       origin, line, static_cast<unsigned char>(text[good]),
       to_utf8(last.substr(std::min(last.find_last_of("\r\n") + 1, last.size()))));
}

}  // namespace

std::optional<double> number_in(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.size() > 1 && cell.front() == '+' && cell[1] != '-') cell.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (status != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

bool has_decimal_comma(std::string_view cell) {
  const auto comma = cell.find(',');
  const bool inside = comma != std::string_view::npos && comma + 1 < cell.size() && cell[comma + 1] >= '0' &&
                      cell[comma + 1] <= '9' && cell.find(',', comma + 1) == std::string_view::npos;
  if (!inside) return false;
  std::string point(cell);
  std::replace(point.begin(), point.end(), ',', '.');
  return number_in(point).has_value();
}

DelimitedText split_delimited(std::string_view text, const std::string& origin) {
  check_encoding(text, origin);
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);  // byte-order mark of spreadsheet programs
  DelimitedText table{separator_of(text), {}};
  Scanner scanner(text, table.separator, &origin);
  while (auto row = scanner.next()) {
    table.rows.push_back(std::move(*row));
    const DelimitedRow &last = table.rows.back(), &first = table.rows.front();
    require(last.cells.size() == first.cells.size(), ErrorKind::data,
            "{}:{}: has {} cells, line {} has {}; every line needs the same number{}", origin, last.line,
            last.cells.size(), first.line, first.cells.size(),
            table.rows.size() == 2 && last.cells.size() == first.cells.size() + 1
                ? " (names of rows need a name for their column, too; in R: write.table(..., col.names = NA))"
                : "");
  }
  require(!table.rows.empty(), ErrorKind::data, "{}: is empty; a table of numbers was expected", origin);
  return table;
}

std::string delimited_cell(const std::string& text, char separator) {
  const bool plain = text.find_first_of("\"\r\n") == std::string::npos && text.find(separator) == std::string::npos &&
                     trimmed(text).size() == text.size() && (separator != kBlanks || !text.empty()) &&
                     (separator != kBlanks || text.find_first_of(" \t") == std::string::npos);
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace predcorr
