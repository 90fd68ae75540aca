// SPDX-License-Identifier: Apache-2.0
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

TEST_CASE("JSON keeps values exactly and dumps keys in order", "[core]") {
  const Json json = parse_json(R"({"b": [1, -2, 0.1, 1e-320], "a": {"z": true, "y": null}, "c": "\u00e9"})", "here");
  CHECK(json.at("b").at(2).get<double>() == 0.1);
  CHECK(json.at("b").at(3).get<double>() == 1e-320);
  CHECK(json.at("b").at(0).is_number_integer());
  CHECK(json.at("c").get<std::string>() == "\xC3\xA9");
  CHECK(json.dump() == "{\"a\":{\"y\":null,\"z\":true},\"b\":[1,-2,0.1,1e-320],\"c\":\"\xC3\xA9\"}");
  CHECK(parse_json(R"({"y": 1, "x": 2})", "one").dump() == parse_json(R"({"x": 2, "y": 1})", "two").dump());
}

TEST_CASE("JSON syntax errors name origin, line and column", "[core]") {
  const std::string bad_word = error_of([] { parse_json("{\n  \"a\": 1,\n  oops\n}", "suite.json"); });
  CHECK(missing(bad_word, {"config: ", "suite.json", "line 3, column 3", "not valid JSON"}) == "");
  const std::string first_line = error_of([] { parse_json("[1, 2,, 3]", "list.json"); });
  CHECK(missing(first_line, {"list.json", "line 1, column 7"}) == "");
  const std::string cut = error_of([] { parse_json("{\"a\":\n [1, 2", "cut.json"); });
  CHECK(missing(cut, {"cut.json", "line 2"}) == "");
  CHECK(missing(error_of([] { parse_json("", "nothing.json"); }), {"nothing.json", "line 1, column 1"}) == "");
  CHECK(missing(error_of([] { parse_json("{} {}", "two.json"); }), {"two.json", "line 1, column 4"}) == "");
  for (const char* text : {"{'a': 1}", "{\"a\": NaN}", "[1,]", "// comment\n1", "{\"a\" 1}", "\"\xFF\""})
    CHECK(missing(error_of([&] { parse_json(text, "x"); }), {"config: x: line 1"}) == "");
}

TEST_CASE("JSON that is nested too deeply is refused before anything is built of it", "[core]") {
  const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
    std::string text = "{\"name\":\n";
    for (std::size_t i = 1; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 1; i < depth; ++i) text += close;
    return text + "}";
  };
  CHECK(parse_json(nested(64, "[", "]"), "flat.json").size() == 1);
  CHECK(parse_json(nested(64, "{\"a\":", "}"), "flat.json").size() == 1);
  for (const std::size_t depth : {std::size_t{65}, std::size_t{100000}}) {
    CHECK(missing(error_of([&] { parse_json(nested(depth, "[", "]"), "deep.json"); }),
                  {"config: deep.json: line 2, column 64: ", "more than 64 deep"}) == "");
    CHECK(missing(error_of([&] { parse_json(nested(depth, "{\"a\":", "}"), "deep.json"); }),
                  {"config: deep.json: line 2", "more than 64 deep"}) == "");
  }
  // What never closes, too; what is quoted does not count, nor does what stands side by side.
  CHECK(missing(error_of([] { parse_json(std::string(1000000, '['), "open.json"); }), {"column 65", "64 deep"}) == "");
  const std::string brackets(1000, '[');
  CHECK(parse_json("[\"\\\"" + brackets + "\", \"" + brackets + "\"]", "quoted.json").at(0) == "\"" + brackets);
  std::string beside = "[";
  for (int i = 0; i < 1000; ++i) beside += "[[]],";
  CHECK(parse_json(beside + "0]", "beside.json").size() == 1001);
}

TEST_CASE("JSON numbers beyond a double are refused", "[core]") {
  CHECK(missing(error_of([] { parse_json("{\"rate\": 1e999}", "big.json"); }), {"config: ", "big.json", "1e999"}) ==
        "");
}

TEST_CASE("A key given twice is refused wherever it stands", "[core]") {
  const std::string top = error_of([] { parse_json(R"({"seed": 1, "seed": 2})", "suite.json"); });
  CHECK(missing(top, {"config: ", "suite.json", "\"seed\"", "twice"}) == "");
  const std::string deep = error_of([] { parse_json(R"([{"a": {"k": 1, "j": {}, "k": 1}}])", "deep.json"); });
  CHECK(missing(deep, {"deep.json", "\"k\"", "twice"}) == "");
  // The same key in different objects is no repetition, whether nested, side by side or around.
  const Json json = parse_json(R"({"k": [{"k": 1}, {"k": {"k": 2}}], "j": {"k": 3}})", "fine.json");
  CHECK(json.at("k").at(1).at("k").at("k") == 2);
  CHECK(json.at("j").at("k") == 3);
}

TEST_CASE("JSON files are read whole and named in errors", "[core]") {
  const test::TemporaryFolder folder;
  CHECK(read_json_file(test::written(folder, "good.json", "{\"a\": [1, 2]}\n")).at("a").size() == 2);
  CHECK(read_json_file(test::written(folder, "mark.json", "\xEF\xBB\xBF{\"a\": 1}")).at("a") == 1);
  const auto bad = test::written(folder, "bad.json", "{\n\"a\" 1}");
  CHECK(missing(error_of([&] { read_json_file(bad); }), {"config: ", bad.string(), "line 2, column 5"}) == "");
  const auto absent = folder / "absent.json";
  CHECK(missing(error_of([&] { read_json_file(absent); }), {"io: ", absent.string()}) == "");
}

}  // namespace
}  // namespace predcorr
