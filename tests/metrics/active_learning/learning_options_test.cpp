// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/learning_options.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

LearningOptions read(const Json& json) { return read_parameters<LearningOptions>(json, "plan"); }
std::string refusal(const Json& json) {
  return error_of([&] { read(json); });
}

TEST_CASE("learning options: amounts are parts below 1 and counts from 1", "[metrics]") {
  CHECK(rows_of(0.01, 745) == 7);
  CHECK(rows_of(0.01, 50) == 1);
  CHECK(rows_of(0.29, 100) == 29);  // 28.999999999999996 in floating point
  CHECK(rows_of(1, 100) == 1);
  CHECK(rows_of(12, 10) == 12);
  CHECK(rows_of(1e300, 10) > 1000000);
  LearningOptions options;
  CHECK(options.initial_rows(40) == 40);
  options.initial.amount = 0.25;
  CHECK(options.initial_rows(42) == 10);
  options.initial.amount = 60;
  CHECK(options.initial_rows(42) == 42);
}

TEST_CASE("learning options: what is written is read again", "[metrics]") {
  const Json usual = write_parameters(LearningOptions{});
  CHECK(usual == Json::parse(R"({"rounds": 10, "batch": 0.01, "initial": "all", "update": "refit", "stop": {}})"));
  CHECK(write_parameters(read(usual)) == usual);
  CHECK(write_parameters(read(Json::object())) == usual);
  const Json full = Json::parse(R"({"rounds": 3, "batch": 5.0, "initial": 0.5, "update": "condition",
    "stop": {"patience": 3, "rmse": 0.5, "gain": -2.0}})");
  const LearningOptions options = read(Json::parse(R"({"rounds": 3, "batch": 5, "initial": 0.5, "update": "condition",
    "stop": {"patience": 3, "rmse": 0.5, "gain": -2}})"));
  CHECK(options.conditions());
  CHECK(options.initial.amount == 0.5);
  CHECK(options.stop.patience == 3);
  CHECK(options.stop.rmse == 0.5);
  CHECK(options.stop.gain == -2.0);
  CHECK(write_parameters(options) == full);
}

TEST_CASE("learning options: every key describes itself", "[metrics]") {
  const auto infos = describe_parameters<LearningOptions>();
  REQUIRE(infos.size() == 5);
  for (const ParameterInfo& info : infos) {
    CHECK_FALSE(info.meaning.empty());
    CHECK_FALSE(info.default_value.is_null());
  }
}

TEST_CASE("learning options: mistakes are refused with the key, the rule and the value", "[metrics]") {
  CHECK(missing(refusal({{"initial", 0}}), {"config: plan.initial: ", "whole number of rows, or \"all\"", "got 0"}) ==
        "");
  CHECK(missing(refusal({{"initial", 2.5}}), {"plan.initial: ", "got 2.5"}) == "");
  CHECK(missing(refusal({{"initial", -3}}), {"plan.initial: ", "got -3"}) == "");
  CHECK(missing(refusal({{"initial", "al"}}), {"plan.initial: ", "a number or \"all\"", "got \"al\""}) == "");
  CHECK(missing(refusal({{"initial", true}}), {"plan.initial: ", "got true"}) == "");
  CHECK(missing(refusal({{"update", "conditon"}}), {"plan.update: ", "one of refit, condition"}) == "");
  CHECK(missing(refusal({{"stop", 3}}), {"plan.stop: ", "{\"patience\": 3}", "got 3"}) == "");
  CHECK(missing(refusal({{"stop", {{"patiense", 3}}}}), {"plan.stop: unknown key", "did you mean 'patience'?"}) == "");
  CHECK(missing(refusal({{"stop", {{"patience", 0}}}}), {"plan.stop: patience: ", "at least 1", "got 0"}) == "");
  CHECK(missing(refusal({{"stop", {{"patience", 1.5}}}}), {"plan.stop: patience: ", "an integer", "1.5"}) == "");
  CHECK(missing(refusal({{"stop", {{"rmse", -1}}}}), {"plan.stop: rmse: ", "at least 0", "got -1"}) == "");
  CHECK(missing(refusal({{"stop", {{"gain", "low"}}}}), {"plan.stop: gain: ", "a number", "\"low\""}) == "");
  CHECK(missing(refusal({{"stop", {{"gain", nullptr}}}}), {"plan.stop: gain: ", "a number"}) == "");
  CHECK(missing(refusal({{"batch", 1.5}}), {"plan.batch: ", "a part of all rows between 0 and 1", "got 1.5"}) == "");
  CHECK(missing(refusal({{"rounds", 0}}), {"plan.rounds: ", "at least 1", "got 0"}) == "");
}

}  // namespace
}  // namespace predcorr
