// SPDX-License-Identifier: Apache-2.0
#include "harness/suites/suite_grid.hpp"

#include "harness/suites/suite.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::error_of;

TEST_CASE("a grid stands for every combination, an entry without one for itself", "[harness]") {
  const auto members = expand_grid(
      Json::parse(
          R"({"model": "bbb", "label": "B", "parameters": {"samples": 7}, "grid": {"units": [5, 8], "activation": ["relu", "tanh"]}})"),
      "s");
  REQUIRE(members.size() == 4);
  CHECK(members[1].entry == Json::parse(R"({"model": "bbb", "label": "B activation=relu units=8",
                                            "parameters": {"samples": 7, "activation": "relu", "units": 8}})"));
  CHECK(members[2].entry.at("label") == "B activation=tanh units=5");
  for (const GridMember& member : members) CHECK(member.family == "B");

  const auto plain = expand_grid("gp", "s");
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].entry == "gp");
  CHECK(plain[0].family == "gp");
}

TEST_CASE("a suite knows the members of a grid by the grid's label", "[harness]") {
  Json json = test::tiny_suite();
  json["models"].push_back({{"model", "gp"}, {"label", "grid"}, {"grid", {{"steps", {1, 2}}}}});
  json["active_learning"]["models"] = {"grid", "ridge"};
  json["active_learning"]["predictors"] = {"self", "grid"};
  const Suite suite = read_suite(json, "s");
  CHECK(suite.families.at("grid") == std::vector<std::string>{"grid steps=1", "grid steps=2"});
  CHECK(suite.model("grid steps=2", "toy").parameters.at("steps") == 2);
  CHECK(suite.active_learning->models == std::vector<std::string>{"grid steps=1", "grid steps=2", "ridge"});
  CHECK(suite.active_learning->predictors == std::vector<std::string>{"grid steps=1", "grid steps=2"});
  CHECK(suite.active_learning->self);
}

TEST_CASE("mistakes in a grid are named", "[harness]") {
  const auto error = [](const char* entry) { return error_of([&] { expand_grid(Json::parse(entry), "models[2]"); }); };
  CHECK_THAT(error(R"({"model": "gp", "grid": {}})"), contains("models[2].grid: must be an object of lists"));
  CHECK_THAT(error(R"({"model": "gp", "grid": {"steps": 3}})"), contains("models[2].grid.steps: must be a list"));
  CHECK_THAT(error(R"({"model": "gp", "parameters": {"steps": 1}, "grid": {"steps": [3]}})"),
             contains("both in 'parameters' and in 'grid'"));
  CHECK_THAT(error(R"({"model": "gp", "per_dataset": {"toy": {"steps": 1}}, "grid": {"steps": [3, 4]}})"),
             contains("models[2]: 'steps' stands both in 'per_dataset.toy' and in 'grid'"));
  Json huge = {{"model", "gp"}, {"grid", Json::object()}};
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h"}) huge["grid"][key] = Json(std::vector<int>(100, 1));
  CHECK_THAT(error_of([&] { expand_grid(huge, "models[2]"); }),
             contains("models[2].grid: has more than 10000 members; leave out values"));
  CHECK_THAT(error(R"({"model": "gp", "label": "a\tb", "grid": {"steps": [3]}})"),
             contains("models[2].label: must be at most"));
  Json json = test::tiny_suite();
  json["models"].push_back({{"model", "gp"}, {"label", "g"}, {"grid", {{"stepz", {1}}}}});
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }), contains("stepz") && contains("did you mean 'steps'?"));
  json["models"].back()["grid"] = {{"steps", {1, 1}}};
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }), contains("'g steps=1' is used twice"));
}

}  // namespace
}  // namespace predcorr
