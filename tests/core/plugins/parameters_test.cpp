// SPDX-License-Identifier: Apache-2.0
#include "core/plugins/parameters.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

/// Outlines; a star has no word, so nobody can ask for one.
enum class Shape { round, square, star };
EnumWords<Shape> words_of(Shape) { return {{"round", Shape::round}, {"square", Shape::square}}; }

struct Example {
  int units = 50;
  double rate = 0.1;
  Shape shape = Shape::round;
  bool bias = true;
  std::vector<double> scales = {1};
  std::string file;
  static Fields<Example> fields() {
    return {field("units", &Example::units, at_least(1), "neurons"),
            field("rate", &Example::rate, above(0), "step size"),
            field("shape", &Example::shape, "outline"),
            field("bias", &Example::bias, any_value(), "whether to shift"),
            field("scales", &Example::scales, between(0.5, 4), "one for each input"),
            field("file", &Example::file, not_empty(), "where to look")};
  }
};

Example read(Json object) {
  if (object.is_object() && !object.contains("file")) object["file"] = "a.csv";
  return read_parameters<Example>(object, "models[2].parameters");
}
std::string refusal(const std::string& key, const Json& value) {
  return error_of([&] { read({{key, value}}); });
}

TEST_CASE("Given parameters are read and the others keep their defaults", "[core]") {
  const Example p = read({{"units", 7}, {"rate", 2}, {"shape", "square"}, {"bias", false}, {"scales", {0.5, 4}}});
  CHECK(p.units == 7);
  CHECK(p.rate == 2.0);
  CHECK(p.shape == Shape::square);
  CHECK_FALSE(p.bias);
  CHECK(p.scales == std::vector<double>{0.5, 4});
  CHECK(read(Json::object()).units == 50);
  CHECK(read({{"scales", 2.5}}).scales == std::vector<double>{2.5});
  CHECK(read({{"units", 2147483647}}).units == 2147483647);
}

TEST_CASE("Effective parameters are complete and read back to themselves", "[core]") {
  const Json effective = write_parameters(read({{"scales", 2}}));
  CHECK(effective == Json::parse(R"({"units": 50, "rate": 0.1, "shape": "round", "bias": true, "scales": [2.0],
                                     "file": "a.csv"})"));
  CHECK(write_parameters(read_parameters<Example>(effective, "again")) == effective);
}

TEST_CASE("A parameter describes itself", "[core]") {
  const auto table = describe_parameters<Example>();
  REQUIRE(table.size() == 6);
  CHECK(table[0].name == "units");
  CHECK(table[0].type == "integer");
  CHECK(table[0].allowed == "at least 1");
  CHECK(table[0].meaning == "neurons");
  CHECK(table[0].default_value == 50);
  CHECK(table[1].allowed == "above 0");
  CHECK(table[2].type == "text");
  CHECK(table[2].allowed == "one of round, square");
  CHECK(table[2].default_value == "round");
  CHECK(table[3].type == "yes/no");
  CHECK(table[3].allowed == "");
  CHECK(table[4].type == "list of number");
  CHECK(table[4].allowed == "from 0.5 to 4");
  CHECK(table[5].default_value.is_null());
}

struct Drawing {
  Shape outline = Shape::star;
  std::vector<Shape> parts = {Shape::square, Shape::round};
  static Fields<Drawing> fields() {
    return {field("outline", &Drawing::outline, "of the whole"),
            field("parts", &Drawing::parts, any_value(), "from left to right")};
  }
};

TEST_CASE("Words are values of an enum, alone and in lists, each with its word", "[core]") {
  CHECK(all_words<Shape>() == std::vector<std::string>{"round", "square"});
  for (const Shape shape : {Shape::round, Shape::square}) {
    const std::string word = word_of(shape);
    const auto p = read_parameters<Drawing>({{"outline", word}, {"parts", {"round", word}}}, "p");
    CHECK(p.outline == shape);
    CHECK(p.parts == std::vector<Shape>{Shape::round, shape});
    CHECK(write_parameters(p) == Json({{"outline", word}, {"parts", {"round", word}}}));
    CHECK(read_parameters<Drawing>({{"outline", word}, {"parts", word}}, "p").parts == std::vector<Shape>{shape});
  }
  const auto table = describe_parameters<Drawing>();
  CHECK(table[1].type == "list of text");
  CHECK(table[1].default_value == Json::array({"square", "round"}));
  const auto refused = [](const Json& parts) {
    return error_of([&] { read_parameters<Drawing>({{"outline", "round"}, {"parts", parts}}, "p"); });
  };
  CHECK(refused(Json::array({"round", "oval"})) == "config: p.parts: must be one of round, square, got \"oval\"");
  CHECK(refused(Json::array({Json::array({"round"})})) ==
        "config: p.parts: must be one of round, square, got [\"round\"]");
}

TEST_CASE("A default without a word is none", "[core]") {
  CHECK(describe_parameters<Drawing>()[0].default_value.is_null());
  CHECK(missing(error_of([] { read_parameters<Drawing>(Json::object(), "p"); }),
                {"config: p: parameter 'outline' must be given (text: of the whole)"}) == "");
}

TEST_CASE("An unknown parameter is refused with the nearest known one", "[core]") {
  const std::string error = refusal("unit", 3);
  CHECK(missing(error, {"config: models[2].parameters", "unknown parameter 'unit'", "did you mean 'units'?",
                        "units, rate, shape, bias, scales, file"}) == "");
}

TEST_CASE("A missing parameter without default is refused", "[core]") {
  const std::string error = error_of([] { read_parameters<Example>(Json::object(), "datasets[0].parameters"); });
  CHECK(missing(error, {"config: datasets[0].parameters", "'file' must be given", "text", "where to look"}) == "");
  CHECK(missing(error_of([] { read_parameters<Example>(nullptr, "p"); }), {"'file' must be given"}) == "");
  CHECK(missing(refusal("file", ""), {"models[2].parameters.file", "not empty"}) == "");
}

TEST_CASE("Wrong types are refused with the path and the value", "[core]") {
  for (const Json& value : {Json(3.7), Json(3.0), Json(true), Json("3"), Json(nullptr), Json::array({3}), Json(1e3)})
    CHECK(missing(refusal("units", value),
                  {"config: models[2].parameters.units: must be an integer, got " + value.dump()}) == "");
  for (const Json& value : {Json(true), Json("0.1"), Json(nullptr), Json::array({1}), Json::object()})
    CHECK(missing(refusal("rate", value), {"models[2].parameters.rate: must be a number, got " + value.dump()}) == "");
  for (const Json& value : {Json(1), Json("true"), Json(nullptr)})
    CHECK(missing(refusal("bias", value), {"models[2].parameters.bias: must be true or false, got " + value.dump()}) ==
          "");
  for (const Json& value : {Json(3), Json(true), Json(nullptr), Json::array({"round"}), Json("Round"), Json("star")})
    CHECK(missing(refusal("shape", value),
                  {"models[2].parameters.shape: must be one of round, square, got " + value.dump()}) == "");
  CHECK(missing(refusal("file", 3), {"models[2].parameters.file: must be a text in quotes, got 3"}) == "");
  CHECK(missing(refusal("scales", Json::array({1, "2"})),
                {"models[2].parameters.scales: must be a number, got \"2\""}) == "");
  CHECK(missing(error_of([] { read(Json::array({1})); }), {"config: models[2].parameters: must be an object", "[1]"}) ==
        "");
}

TEST_CASE("Integers that do not fit an int are refused, not wrapped", "[core]") {
  for (const char* text : {"2147483648", "4294967297", "18446744073709551615", "-2147483649", "-9223372036854775808"}) {
    const std::string error = refusal("units", Json::parse(text));
    CHECK(missing(error, {std::string("must be an integer, got ") + text}) == "");
  }
}

TEST_CASE("Values out of range are refused with the rule", "[core]") {
  CHECK(missing(refusal("units", 0), {"config: models[2].parameters.units: must be at least 1, got 0"}) == "");
  CHECK(missing(refusal("units", -1), {"must be at least 1, got -1"}) == "");
  CHECK(missing(refusal("rate", 0), {"models[2].parameters.rate: must be above 0, got 0"}) == "");
  CHECK(missing(refusal("shape", "oval"), {"shape: must be one of round, square, got \"oval\""}) == "");
  CHECK(missing(refusal("scales", Json::array({1, 4.5})), {"scales: must be from 0.5 to 4, got [1,4.5]"}) == "");
  CHECK(missing(refusal("scales", 0.4), {"scales: must be from 0.5 to 4, got 0.4"}) == "");
}

}  // namespace
}  // namespace predcorr
