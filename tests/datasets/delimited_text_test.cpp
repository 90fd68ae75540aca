// SPDX-License-Identifier: Apache-2.0
#include "datasets/delimited_text.hpp"

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;
using Cells = std::vector<std::string>;
using Grid = std::vector<Cells>;

Grid cells_of(const std::string& text) {
  Grid grid;
  for (const DelimitedRow& row : split_delimited(text, "t.csv").rows) grid.push_back(row.cells);
  return grid;
}
char separator_of(const std::string& text) { return split_delimited(text, "t.csv").separator; }
std::string refusal(const std::string& text) {
  return error_of([&] { split_delimited(text, "t.csv"); });
}

TEST_CASE("delimited text: empty cells stay cells, first and last ones too", "[datasets]") {
  CHECK(cells_of("name\tx\ty\nlot 3\t900\t\n\t1\t2\n\t\t\n") ==
        Grid{{"name", "x", "y"}, {"lot 3", "900", ""}, {"", "1", "2"}, {"", "", ""}});
  CHECK(cells_of("a,b,c\n,,\n1,,\n,,3\n") == Grid{{"a", "b", "c"}, {"", "", ""}, {"1", "", ""}, {"", "", "3"}});
  CHECK(cells_of(";a\n0;1\n1;") == Grid{{"", "a"}, {"0", "1"}, {"1", ""}});
  // pandas: DataFrame.to_csv(sep="\t") has an index without a name.
  CHECK(cells_of("\ta\ty\n0\t1.5\t0.1\n1\t\t0.2\n") == Grid{{"", "a", "y"}, {"0", "1.5", "0.1"}, {"1", "", "0.2"}});
  CHECK(cells_of("x\n\"\"\n1\n") == Grid{{"x"}, {""}, {"1"}});  // pandas again: a missing value in a single column
}

TEST_CASE("delimited text: blank lines are none of the rows, whatever blanks they have", "[datasets]") {
  CHECK(cells_of("\n  \na\tb\n\t\n \n1\t2\n\r\n\n") == Grid{{"a", "b"}, {"", ""}, {"1", "2"}});
  CHECK(cells_of("a\tb\tc\n\t\n1\t2\t3\n") == Grid{{"a", "b", "c"}, {"1", "2", "3"}});
  CHECK(cells_of("a,b\n\t\n1,2\n") == Grid{{"a", "b"}, {"1", "2"}});
}

TEST_CASE("delimited text: the separator is the one by which the rows agree", "[datasets]") {
  CHECK(separator_of("a,b\n1,2") == ',');
  CHECK(separator_of("a;b\n1;2") == ';');
  CHECK(separator_of("a\tb\n1\t2") == '\t');
  CHECK(separator_of("a b\n1 2") == ' ');
  CHECK(separator_of("E, eV\tx\ty\n1\t2\t3\n4\t5\t6") == '\t');  // a comma in a name
  CHECK(separator_of("size, m;y\n1;2\n3;4") == ';');
  CHECK(separator_of("name, grade\tx\nsteel, hot\t900\ntin, cold\t20") == '\t');  // one in every row: fewer numbers
  CHECK(separator_of("1,5;2,5;0,3\n2,5;3,5;0,4") == ';');                         // decimal commas
  CHECK(separator_of("1,\t2,\t3\n4,\t5,\t6") == ',');                             // tabs that pad
  CHECK(separator_of("\"a;b;c\",y\n1,2\n3,4") == ',');                            // quoted ones do not count
  CHECK(separator_of("5\" pipe,y\n1,2\n3,4") == ',');  // a quote inside of a cell opens nothing
  // Blanks and tabs mixed, as programs write aligned columns.
  CHECK(cells_of("  1   2 \t 0.5  \n3\t\t4 -6e2\t\n") == Grid{{"1", "2", "0.5"}, {"3", "4", "-6e2"}});
  CHECK(cells_of("a,\tb c\n1 2\t\t3\n4 5 6\n") == Grid{{"a,", "b", "c"}, {"1", "2", "3"}, {"4", "5", "6"}});
  CHECK(cells_of("wall area\n1\n2\n") == Grid{{"wall area"}, {"1"}, {"2"}});
}

TEST_CASE("delimited text: a table of tabs that lacks a cell is not read as one of blanks", "[datasets]") {
  std::string text = "name\tx\ty\n";
  for (int i = 0; i < 30; ++i) text += fmt::format("s{}\t{}\t0.{}\n", i, i, i);
  CHECK(missing(refusal(text + "lot 3\t900\n"), {"data: t.csv:32", "has 2 cells", "line 1 has 3"}) == "");
  std::string numbers = "x\ty\tz\n";
  for (int i = 0; i < 30; ++i) numbers += fmt::format("{}\t{}\t0.{}\n", i, i, i);
  CHECK(missing(refusal(numbers + "1 000\t900\n"), {"data: t.csv:32", "has 2 cells", "line 1 has 3"}) == "");
}

TEST_CASE("delimited text: a header that lacks the name of the rows' names is told what to do", "[datasets]") {
  CHECK(missing(refusal("\"a\" \"y\"\n\"1\" 2 3\n\"2\" 4 5\n"),
                {"data: t.csv:2", "has 3 cells, line 1 has 2", "col.names = NA"}) == "");
}

TEST_CASE("delimited text: quotes by RFC 4180", "[datasets]") {
  CHECK(cells_of("\"a\n(mm)\",y\n1,2\n") == Grid{{"a\n(mm)", "y"}, {"1", "2"}});
  CHECK(cells_of("\"a\r\nb\",\"\"\"q\"\"\"\r\n \"1\" ,\" 2 \"\r\n") == Grid{{"a\r\nb", "\"q\""}, {"1", " 2 "}});
  CHECK(split_delimited("\"a\n\nb\",y\n1,2\n", "t").rows[1].line == 4);
  CHECK(missing(refusal("a,y\n1,2\n\"12\"5,0.3\n"), {"data: t.csv:3", "column 1", "'5' behind the closing quote"}) ==
        "");
  CHECK(missing(refusal("a y\n1 2\n\"12\"5 0.3\n"), {"data: t.csv:3", "'5' behind the closing quote"}) == "");
  CHECK(missing(refusal("a,y\n1,2\n\"3,4\n5,6\n"), {"data: t.csv:3", "quote is opened and not closed"}) == "");
  CHECK(missing(refusal("a,y\n\"3,4\n5,6\n\"7,8\n"), {"data: t.csv:4", "'7'", "opened in line 2"}) == "");
}

TEST_CASE("delimited text: lines end in LF, CR LF or CR", "[datasets]") {
  const Grid grid = {{"a", "b"}, {"1", "2"}, {"3", "4"}};
  for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r",
                           "\xEF\xBB\xBF"
                           "a,b\n1,2\r\n3,4"})
    CHECK(cells_of(text) == grid);
}

TEST_CASE("delimited text: what is no UTF-8 is refused with line and advice", "[datasets]") {
  CHECK(missing(refusal("a,y\nH\xE4rte,2\n"),
                {"data: t.csv:2", "not UTF-8", "0xE4 behind \"H\"", "CSV UTF-8", "iconv"}) == "");
  CHECK(missing(refusal("\xFF\xFE"
                        "a\0,\0"),
                {"data: t.csv", "UTF-16"}) == "");
  CHECK(missing(refusal(std::string("a,y\n1,\0", 7)), {"data: t.csv:2", "value 0"}) == "");
  CHECK(cells_of("H\xC3\xA4rte,y\n1,2\n")[0][0] == "H\xC3\xA4rte");
}

TEST_CASE("delimited text: numbers", "[datasets]") {
  CHECK(number_in("  5.5 ") == 5.5);
  CHECK(number_in("+4") == 4.0);
  for (const char* cell : {"", " ", "+", "+-4", "--4", "1 2", "1,5", "0x10", "1.5x"}) CHECK_FALSE(number_in(cell));
  CHECK(has_decimal_comma("12,5"));
  CHECK_FALSE(has_decimal_comma("1,234,5"));
  CHECK_FALSE(has_decimal_comma("12,"));
  CHECK_FALSE(has_decimal_comma("a,b"));
}

/// A cell of letters, digits and everything that could part, quote or break.
std::string random_cell(Stream& stream) {
  static const std::vector<std::string> pieces = {"a",    "7",  "-1.5e3", " ", ",", ";",    "\t", "\"", "\n",
                                                  "\r\n", "\r", "ä",      "|", ".", "\"\"", "'",  "#"};
  std::string cell;
  for (auto count = stream.index(5); count > 0; --count)
    cell += pieces[static_cast<std::size_t>(stream.index(std::ssize(pieces)))];
  return cell;
}

/// In quotes, whether it needs them or not.
std::string in_quotes(const std::string& cell) {
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

TEST_CASE("delimited text: random tables are read back as they were written", "[datasets]") {
  Stream stream(16);
  for (int round = 0; round < 600; ++round) {
    const char separator = std::string(",;\t ")[static_cast<std::size_t>(stream.index(4))];
    const char* end = std::vector<const char*>{"\n", "\r\n", "\r"}[static_cast<std::size_t>(stream.index(3))];
    const auto width = 2 + stream.index(4), rows = 1 + stream.index(12);
    Grid grid;
    std::string text = stream.index(2) == 0 ? "\xEF\xBB\xBF" : "";
    for (Index i = 0; i < rows; ++i) {
      Cells cells;
      for (Index j = 0; j < width; ++j) {
        // Names of plain letters in the first row leave no doubt which separator is meant.
        cells.push_back(i == 0 ? fmt::format("name{}", j) : random_cell(stream));
        if (j > 0) text += separator;
        text += stream.index(4) == 0 ? in_quotes(cells.back()) : delimited_cell(cells.back(), separator);
      }
      grid.push_back(std::move(cells));
      if (i + 1 < rows || stream.index(2) == 0) text += end;
    }
    CAPTURE(text, round);
    const DelimitedText table = split_delimited(text, "t.csv");
    CHECK(table.separator == separator);
    Grid read;
    for (const DelimitedRow& row : table.rows) read.push_back(row.cells);
    REQUIRE(read == grid);
  }
}

}  // namespace
}  // namespace predcorr
