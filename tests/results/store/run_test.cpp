// SPDX-License-Identifier: Apache-2.0
#include "results/store/run.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

Run whole_run() {
  Run run = test::run_of("s", {"gp", "control", "lone"},
                         {{{std::string(32, 'a'), "boston", "gp", "", ""}, {{1, std::string(32, 'b')}, {10, "x"}}},
                          {{std::string(32, 'c'), "boston", "", "bmig", "gp"}, {}}});
  run.datasets.push_back({"mine",
                          "csv",
                          {{"file", "mine.csv"}},
                          "y",
                          TableDescription{7, {"a", "b"}, "t", "", "", "notes", "/data/mine.csv"}});
  run.unranked = {"oracle"};
  run.controls = {{"control", "gp"}, {"lone", ""}};
  run.families = {{"grid", {"gp", "lone"}}};
  run.cross_metrics = test::xll_of(4);
  run.suite_folder = "/suites";
  return run;
}

TEST_CASE("a run comes back from its JSON, which fits the schema", "[results][schema]") {
  Run run = whole_run();
  run.plan[0].cells[10] = std::string(32, 'd');
  const Json json = to_json(run);
  CHECK(test::schema_errors(json, "run") == "");
  const Run back = read_run(json, "run.json");
  CHECK(to_json(back) == json);
  CHECK(back.name() == "s");
  CHECK(back.plan[0].cells.at(10) == std::string(32, 'd'));
  CHECK(back.controls.at("lone") == "");
  CHECK(json.at("controls").at("lone").is_null());
  // Where a file lay stands apart from what boards show.
  CHECK(back.datasets[1].table->file == "/data/mine.csv");
  CHECK_FALSE(json.at("datasets")[1].contains("file"));
  CHECK(json.at("places").at("files") == Json({{"mine", "/data/mine.csv"}}));
}

TEST_CASE("what is wrong with a run.json is named by its key", "[results]") {
  const auto refusal = [](const char* pointer, const Json& value) {
    Json json = to_json(whole_run());
    if (value.is_discarded())
      json.at(Json::json_pointer(pointer).parent_pointer()).erase(Json::json_pointer(pointer).back());
    else
      json[Json::json_pointer(pointer)] = value;
    return test::error_of([&] { read_run(json, "at/run.json"); });
  };
  const Json gone(Json::value_t::discarded);
  CHECK(test::missing(refusal("/models", 3), {"data: at/run.json: models: must be a list, got 3", "writes it anew"}) ==
        "");
  CHECK_THAT(refusal("/plan", gone), test::contains("at/run.json: has no \"plan\""));
  CHECK_THAT(refusal("/plan/1/dataset", 2), test::contains("plan[1].dataset: must be a text, got 2"));
  CHECK_THAT(refusal("/plan/0/cells/ten", "x"), test::contains("plan[0].cells.ten: its key must be a seed"));
  CHECK_THAT(refusal("/datasets/1/rows", -1), test::contains("datasets[1].rows: must be a count, got -1"));
  CHECK_THAT(refusal("/controls", Json::array()), test::contains("controls: must be an object, got []"));
  CHECK_THAT(refusal("/cross_metrics/0/metric", gone), test::contains("cross_metrics[0]: has no \"metric\""));
  CHECK_THAT(refusal("/protocol/name", gone), test::contains("protocol: has no \"name\""));
  CHECK_THAT(refusal("/schema", "predcorr/run/9"), test::contains("config: ") && test::contains("predcorr/run/9"));
  CHECK_THAT(refusal("/suite/name", 1), test::contains("not written by this version"));
}

}  // namespace
}  // namespace predcorr
