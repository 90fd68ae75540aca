// SPDX-License-Identifier: Apache-2.0
#include "datasets/table.hpp"

#include "core/base/hash.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;
using Names = std::vector<std::string>;

TableLayout layout(const std::string& target, std::vector<Column> drop = {}, const std::string& group = "",
                   HeaderLine header = HeaderLine::detected) {
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
  const Dataset years = parse("2019,2020,y\n1,2,0.5\n3,4,-6e2", layout("y", {}, "", HeaderLine::present));
  check_numbers(years);
  CHECK(years.input_names == Names{"2019", "2020"});
  CHECK(missing(refusal("2019,2020,y\n1,2,0.5"), {"data: t.csv:1", "column 3", "'y'", "--header yes"}) == "");
  CHECK(missing(refusal("a,b\n1,2", layout("-1", {}, "", HeaderLine::absent)), {"data: t.csv:1", "column 1", "'a'"}) ==
        "");
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
  const auto named = [&](const std::string& target) {
    return parse(text, layout(target, {}, "", HeaderLine::present));
  };
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
    return find_data_file(name, {first.path(), second.path(), second / ".", first / "nowhere"}, "fetch it").path;
  };
  CHECK(find("predcorr-some.data") == file);
  CHECK(find_data_file("predcorr-some.data", {second.path(), second / "."}, "").others.empty());  // the same file
  CHECK(find(file.string()) == file);
  CHECK(find(test::written(first, "predcorr-some.data", "2").filename().string()) == first / "predcorr-some.data");
  const FoundFile both = find_data_file("predcorr-some.data", {first.path(), second.path()}, "");
  CHECK(both.others == std::vector<std::filesystem::path>{file});
  const std::string error = error_of([&] { find("predcorr-other.data"); });
  CHECK(missing(error, {"io: predcorr-other.data", "fetch it", (first / "predcorr-other.data").string(),
                        (second / "predcorr-other.data").string()}) == "");
  CHECK(missing(error_of([&] { find("/no/such/file.data"); }), {"io: /no/such/file.data", "no such file"}) == "");
  CHECK(missing(error_of([&] { find(""); }), {"io: ", "no such file"}) == "");
}

TEST_CASE("The working folder is not looked in unless it is one of the folders", "[datasets]") {
  const test::TemporaryFolder working, data;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(working.path());
  test::written(working, "predcorr-here.data", "1");
  const std::string error = error_of([&] { find_data_file("predcorr-here.data", {data.path()}, "fetch it"); });
  const auto own = find_data_file("predcorr-here.data", {".", data.path()}, "").path;
  const auto file = test::written(data, "predcorr-here.data", "2");
  const auto found = find_data_file("predcorr-here.data", {data.path()}, "").path;
  const auto alone = find_data_file("predcorr-here.data", {}, "").path;
  std::filesystem::current_path(before);
  CHECK(missing(error, {"io: predcorr-here.data", "one in the working folder, which is not looked in", "--data ."}) ==
        "");
  CHECK(own == "./predcorr-here.data");
  CHECK(found == file);
  CHECK(alone == "predcorr-here.data");
}

TEST_CASE("Inputs of rows to predict are found by name, in the training's order", "[datasets]") {
  const Names wanted = {"b", "size, m"};
  const Matrix expected{{2, 1}, {4, 3}};
  for (const char* text : {"\"size, m\",b\n1,2\n3,4\n", "y;b;\"size, m\";name\n;2;1;first\n?;4;3;second\n"}) {
    INFO(text);
    CHECK(parse_inputs(text, "new.csv", wanted).inputs == expected);
  }
  CHECK(parse_inputs("2 1\n4 3\n", "new.csv", wanted).inputs == expected);  // no header: the inputs and nothing else
  const auto refused = [&](const std::string& text) {
    return error_of([&] { parse_inputs(text, "new.csv", wanted); });
  };
  CHECK(missing(refused("a,b\n1,2\n"), {"data: new.csv", "no column 'size, m'"}) == "");
  CHECK(missing(refused("1,2,3\n"), {"data: new.csv", "no header and 3 columns", "2 inputs (b, size, m)"}) == "");
  CHECK(missing(refused("b,\"size, m\"\n1,x\n"), {"data: new.csv:2", "column 2 ('size, m')", "'x'"}) == "");
}

TEST_CASE("A value that is missing is refused where its column is used, and no business elsewhere", "[datasets]") {
  // The last cell is empty: nothing may move to the right or left.
  const std::string text = "name\tx\ty\ns 1\t1\t0.1\nlot 3\t900\t\n";
  CHECK(missing(refusal(text, layout("y", {{"name"}})),
                {"data: t.csv:3", "column 3 ('y')", "value is missing", "remove the line", "drop the column"}) == "");
  CHECK(parse(text, layout("x", {{"name"}, {"y"}})).targets == Eigen::Vector2d(1, 900));
  const Dataset noted = parse("a\ty\tnote\n1\t0.1\t\n2\t0.2\tvery good\n", layout("y", {{"note"}}));
  CHECK(noted.inputs == Eigen::Vector2d(1, 2));
  CHECK(missing(refusal("a,mix,y\n1,red,2\n3,,4\n", layout("y", {}, "mix")),
                {"data: t.csv:3", "column 2 ('mix')", "group is missing"}) == "");
}

TEST_CASE("A column without a name is called by its number, and may be an index", "[datasets]") {
  const std::string pandas = "\ta\ty\n0\t5\t0.1\n1\t6\t0.2\n";
  const Dataset all = parse(pandas, layout("y"));
  CHECK(all.input_names == Names{"column 0", "a"});
  CHECK(missing(all.source.notes, {"first column has no name", "drop column 0"}) == "");
  CHECK(parse(pandas, layout("y", {{"0"}})).inputs == Eigen::Vector2d(5, 6));
  CHECK(parse(pandas, layout("y", {{"column 0"}})).inputs == Eigen::Vector2d(5, 6));
  CHECK(parse_inputs("\ta\n9\t7\n", "new.csv", all.input_names).inputs == Matrix{{9, 7}});
}

TEST_CASE("Numbers may have blanks around them in quotes, and need a point", "[datasets]") {
  check_numbers(parse("a,b,y\n\"  1\",\"2 \",\" .5 \"\n3,4,\"  -6e2\"\n"));
  CHECK(missing(refusal("a;y\n1,5;2\n"), {"data: t.csv:2", "'1,5'", "decimals with a point"}) == "");
}

TEST_CASE("Two columns of one name are refused with their numbers where both are used", "[datasets]") {
  const std::string text = "x,x,y\n1,2,3\n4,5,6\n";
  CHECK(missing(refusal(text, layout("y")), {"data: t.csv", "columns 0 and 1 have the same name 'x'", "rename"}) == "");
  CHECK(parse(text, layout("y", {{"0"}})).inputs == Eigen::Vector2d(2, 5));
  CHECK(missing(refusal(text, layout("x")), {"several columns named 'x', numbers 0 and 1"}) == "");
  CHECK(missing(refusal("x,a,x\n1,2,3\n", layout("2")), {"columns 0 and 2 have the same name 'x'"}) == "");
  CHECK(missing(error_of([] { parse_inputs("a,a\n1,2\n", "new.csv", {"a"}); }),
                {"data: new.csv", "several columns named 'a', numbers 0 and 1", "remove or rename"}) == "");
}

TEST_CASE("What the first line was taken for is said", "[datasets]") {
  const auto notes = [](const std::string& text, HeaderLine header = HeaderLine::detected) {
    return parse(text, layout("-1", {}, "", header)).source.notes;
  };
  CHECK(notes("a,y\n1,2\n3,4\n") == "line 1 is taken as the columns' names");
  CHECK(missing(notes("\n1,2\n3,4\n"), {"line 2 (1, 2) is taken as data", "--header yes"}) == "");
  CHECK(notes("1,2\n3,4\n", HeaderLine::absent) == "line 1 is taken as data");
  CHECK(notes("1,2\n3,4\n").find("WARNING") == std::string::npos);
  // Wavelengths and years are numbers too.
  CHECK(missing(notes("400,410,420\n0.1,0.2,0.3\n0.4,0.1,0.2\n"), {"WARNING", "looks like names", "equal steps"}) ==
        "");
  CHECK(missing(notes("2019,1850\n0.1,0.2\n0.4,0.1\n0.3,0.3\n"), {"WARNING", "lies outside of what is below"}) == "");
  CHECK(notes("400,410,420\n0.1,0.2,0.3\n", HeaderLine::present) == "line 1 is taken as the columns' names");
}

TEST_CASE("Whether there is a header is said of the rows to predict, too", "[datasets]") {
  const Names wavelengths = {"400", "410"};
  const std::string text = "410,400\n1,2\n3,4\n";
  const Matrix swapped{{2, 1}, {4, 3}};
  CHECK(parse_inputs(text, "new.csv", wavelengths, HeaderLine::present).inputs == swapped);
  CHECK(parse_inputs(text, "new.csv", wavelengths).inputs == swapped);  // it has all the names
  CHECK(parse_inputs(text, "new.csv", wavelengths, HeaderLine::absent).inputs.rows() == 3);
  const InputTable data = parse_inputs("1,2\n3,4\n", "new.csv", wavelengths);
  CHECK(data.inputs == Matrix{{1, 2}, {3, 4}});
  CHECK(missing(data.notes, {"line 1 (1, 2) is taken as data"}) == "");
  CHECK(missing(error_of([&] { parse_inputs("1,2\n3,4\n", "new.csv", wavelengths, HeaderLine::present); }),
                {"no column '400'"}) == "");
}

}  // namespace
}  // namespace predcorr
