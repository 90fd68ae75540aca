// SPDX-License-Identifier: Apache-2.0
#include "datasets/table.hpp"

#include "core/hash.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;
using Names = std::vector<std::string>;

TableLayout layout(const std::string& target, std::vector<Column> drop = {}, const std::string& group = "",
                   const std::string& header = "auto") {
  return {{target}, std::move(drop), group, header};
}
Dataset parse(const std::string& text, const TableLayout& how = layout("-1")) {
  return parse_table(text, "t.csv", how);
}
std::string refusal(const std::string& text, const TableLayout& how = layout("-1")) {
  return error_of([&] { parse(text, how); });
}

/// Inputs 1, 2 / 3, 4 and targets 0.5, -6e2.
void check_numbers(const Dataset& data) {
  REQUIRE(data.inputs.rows() == 2);
  REQUIRE(data.inputs.cols() == 2);
  CHECK(data.inputs.row(0) == Eigen::RowVector2d(1, 2));
  CHECK(data.inputs.row(1) == Eigen::RowVector2d(3, 4));
  CHECK(data.targets == Eigen::Vector2d(0.5, -600));
}

TEST_CASE("Commas, semicolons, tabs and blanks separate alike", "[datasets]") {
  for (const char* text : {"1,2,0.5\n3,4,-6e2\n", "1;2;0.5\n3;4;-6e2", "1\t2\t0.5\n3\t4\t-6e2\n", "1 2 0.5\n3 4 -6e2",
                           "  1   2 \t 0.5  \n3\t\t4 -6e2\t\n", " 1 , 2 , 0.5 \n 3,4 ,-6e2", "1,2,.5\n3.,+4,-600.0",
                           "\n1,2,0.5\n\n\n3,4,-6e2\n\n", "1,2,0.5\r\n3,4,-6e2\r\n", "\"1\",\"2\",0.5\n3,4,\"-6e2\""}) {
    INFO(text);
    check_numbers(parse(text));
    CHECK(parse(text).input_names == Names{"column 0", "column 1"});
  }
}

TEST_CASE("A header is found by its words, and may be announced", "[datasets]") {
  for (const char* text : {"a,b,y\n1,2,0.5\n3,4,-6e2", "\xEF\xBB\xBF\"a\",b,y\r\n1,2,0.5\r\n3,4,-6e2\r\n",
                           "a b y\n1 2 0.5\n3 4 -6e2", " a ; b ; y \n1;2;0.5\n3;4;-6e2"}) {
    INFO(text);
    const Dataset data = parse(text);
    check_numbers(data);
    CHECK(data.input_names == Names{"a", "b"});
    CHECK(data.target_name == "y");
  }
  const Dataset years = parse("2019,2020,y\n1,2,0.5\n3,4,-6e2", layout("y", {}, "", "yes"));
  check_numbers(years);
  CHECK(years.input_names == Names{"2019", "2020"});
  CHECK(missing(refusal("2019,2020,y\n1,2,0.5"), {"data: t.csv:1", "column 3", "'y'"}) == "");
  CHECK(missing(refusal("a,b\n1,2", layout("-1", {}, "", "no")), {"data: t.csv:1", "column 1", "'a'"}) == "");
}

TEST_CASE("Quoted cells may hold separators, quotes and blanks", "[datasets]") {
  const Dataset data = parse("\"size, m\",\"a \"\"b\"\"\",\"y; or z\"\n1,2,0.5\n3,4,-6e2");
  check_numbers(data);
  CHECK(data.input_names == Names{"size, m", "a \"b\""});
  CHECK(data.target_name == "y; or z");
  CHECK(parse("\"wall area\" b y\n1 2 0.5\n3 4 -6e2").input_names == Names{"wall area", "b"});
}

TEST_CASE("Tab-separated names may hold blanks", "[datasets]") {
  const Dataset data = parse("wall area\troof area\theating load\n1\t2\t0.5\n3\t4\t-6e2\n");
  check_numbers(data);
  CHECK(data.input_names == Names{"wall area", "roof area"});
}

TEST_CASE("The target is chosen by name or number", "[datasets]") {
  const std::string text = "y,a,7\n1,2,3\n4,5,6\n";
  const auto named = [&](const std::string& target) { return parse(text, layout(target, {}, "", "yes")); };
  for (const char* target : {"y", "0", "-3"}) {
    CHECK(named(target).targets == Eigen::Vector2d(1, 4));
    CHECK(named(target).input_names == Names{"a", "7"});
  }
  CHECK(named("-1").targets == Eigen::Vector2d(3, 6));
  CHECK(named("7").target_name == "7");  // a name goes before a number
  CHECK(JsonType<Column>::read(-1).text == "-1");
  CHECK(JsonType<Column>::read("age").text == "age");
  CHECK(missing(error_of([] { JsonType<Column>::read(1.5); }), {"a column's name or number", "1.5"}) == "");
}

TEST_CASE("Dropped columns and groups are no inputs, and may be texts", "[datasets]") {
  const std::string text = "id,mix,a,y\nr1,red,1,2\nr2,blue,3,4\nr3,red,5,6\nr4,7,7,8\n";
  const Dataset data = parse(text, layout("y", {{"id"}}, "mix"));
  CHECK(data.input_names == Names{"a"});
  REQUIRE(data.groups.size() == 4);
  CHECK(data.groups[0] == data.groups[2]);
  CHECK(data.groups[0] != data.groups[1]);
  CHECK(data.groups[3] != data.groups[0]);
  CHECK(data.groups[3] != data.groups[1]);
  CHECK(parse("1,2,3\n4,5,6", layout("0", {{"-1"}})).inputs == Eigen::Vector2d(2, 5));
  CHECK(missing(refusal(text, layout("y", {{"y"}})), {"config: t.csv", "both the target and dropped"}) == "");
  CHECK(missing(refusal(text, layout("y", {{"id"}, {"mix"}}, "y")), {"t.csv", "'y'"}) == "");
}

TEST_CASE("Unknown columns are refused with the nearest name", "[datasets]") {
  const std::string text = "cement,water,strength\n1,2,3\n4,5,6\n";
  CHECK(missing(refusal(text, layout("strenght")), {"data: t.csv", "no column 'strenght'", "did you mean 'strength'?",
                                                    "cement, water, strength", "0 to 2"}) == "");
  CHECK(missing(refusal(text, layout("3")), {"no column '3'", "0 to 2"}) == "");
  CHECK(missing(refusal(text, layout("-4")), {"no column '-4'"}) == "");
  CHECK(missing(refusal(text, layout("")), {"no column ''"}) == "");
  CHECK(missing(refusal(text, layout("0", {{"watr"}})), {"did you mean 'water'?"}) == "");
  CHECK(missing(refusal(text, layout("0", {}, "mix")), {"no column 'mix'"}) == "");
}

TEST_CASE("Broken tables are refused with file and line", "[datasets]") {
  CHECK(missing(refusal(""), {"data: t.csv", "is empty"}) == "");
  CHECK(missing(refusal(" \n\r\n\t\n"), {"data: t.csv", "is empty"}) == "");
  CHECK(missing(refusal("a,b,y\n"), {"data: t.csv", "header but no rows"}) == "");
  CHECK(missing(refusal("a,b,y\n1,2,3\n\n4,5\n"), {"data: t.csv:4", "has 2 cells", "line 1 has 3"}) == "");
  CHECK(missing(refusal("1,2,3\n4,5,6,7\n"), {"data: t.csv:2", "has 4 cells", "line 1 has 3"}) == "");
  CHECK(missing(refusal("a,y\n1,2\n\"3,4\n"), {"data: t.csv:3", "quote", "not closed"}) == "");
}

TEST_CASE("Cells that are no finite number are refused with line, column and text", "[datasets]") {
  for (const char* cell : {"abc", "NaN", "nan", "inf", "-Infinity", "", "?", "1.5x", "1 2", "1e999", "0x10", "12:30"}) {
    INFO(cell);
    const std::string error = refusal("a,b,y\n1,2,3\n\n4," + std::string(cell) + ",6\n");
    CHECK(missing(error, {"data: t.csv:4", "column 2 ('b')", "'" + std::string(cell) + "' is not a finite number"}) ==
          "");
  }
  CHECK(missing(refusal("a,y\n1,2\n3,\n"), {"data: t.csv:3", "column 2 ('y')", "''"}) == "");
}

TEST_CASE("A table is read from a file with its SHA-256", "[datasets]") {
  const test::TemporaryFolder folder;
  const std::string text = "a,b,y\n1,2,0.5\n3,4,-6e2\n";
  const auto file = test::written(folder, "data.csv", text);
  const Dataset data = read_table(file, layout("y"));
  check_numbers(data);
  CHECK(data.source.file == file.string());
  CHECK(data.source.sha256 == sha256_hex(text));
  CHECK(missing(error_of([&] { read_table(folder / "absent.csv", layout("y")); }), {"io: ", "absent.csv"}) == "");
}

TEST_CASE("A data file is looked for in all folders in order", "[datasets]") {
  const test::TemporaryFolder first, second;
  const auto file = test::written(second, "predcorr-some.data", "1");
  const auto find = [&](const std::string& name) {
    return find_data_file(name, {first.path(), second.path()}, "fetch it");
  };
  CHECK(find("predcorr-some.data") == file);
  CHECK(find(file.string()) == file);
  CHECK(find(test::written(first, "predcorr-some.data", "2").filename().string()) == first / "predcorr-some.data");
  const std::string error = error_of([&] { find("predcorr-other.data"); });
  CHECK(missing(error, {"io: predcorr-other.data", "fetch it", (first / "predcorr-other.data").string(),
                        (second / "predcorr-other.data").string()}) == "");
  CHECK(missing(error_of([&] { find("/no/such/file.data"); }), {"io: /no/such/file.data", "no such file"}) == "");
  CHECK(missing(error_of([&] { find(""); }), {"io: ", "no such file"}) == "");
}

TEST_CASE("Inputs of rows to predict are found by name, in the training's order", "[datasets]") {
  const Names wanted = {"b", "size, m"};
  const Matrix expected{{2, 1}, {4, 3}};
  for (const char* text : {"\"size, m\",b\n1,2\n3,4\n", "y;b;\"size, m\";name\n;2;1;first\n?;4;3;second\n"}) {
    INFO(text);
    CHECK(parse_inputs(text, "new.csv", wanted) == expected);
  }
  CHECK(parse_inputs("2 1\n4 3\n", "new.csv", wanted) == expected);  // no header: the inputs and nothing else
  const auto refused = [&](const std::string& text) {
    return error_of([&] { parse_inputs(text, "new.csv", wanted); });
  };
  CHECK(missing(refused("a,b\n1,2\n"), {"data: new.csv", "no column 'size, m'"}) == "");
  CHECK(missing(refused("1,2,3\n"), {"data: new.csv", "no header and 3 columns", "2 inputs (b, size, m)"}) == "");
  CHECK(missing(refused("b,\"size, m\"\n1,x\n"), {"data: new.csv:2", "column 2 ('size, m')", "'x'"}) == "");
}

}  // namespace
}  // namespace predcorr
