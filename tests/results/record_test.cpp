// SPDX-License-Identifier: Apache-2.0
#include "results/record.hpp"

#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

Record example() {
  Record r;
  r.identity = Json::parse(R"({"task": "regression", "version": "0.1.0", "seed": 3,
    "dataset": {"name": "toy-relu", "parameters": {"dim": 2}, "sha256": ""},
    "protocol": {"name": "paper", "train": 0.2, "test": 0.2}, "model": {"name": "gp", "parameters": {}}})");
  r.metrics = {{"rmse", Json::object()}};
  r.scores = {{"rmse", "", 0.25, ""}, {"meta_correlation", "variance_pearson", std::nullopt, "no truth"}};
  r.diagnostics = {{"cholesky_jitter", 1e-10}};
  r.n_train = 10;
  r.n_pool = 20;
  r.n_test = 5;
  r.cost = {1.5, 0.25, 4096};
  r.prediction = {"x.npz", "abc", 99};
  r.made_by = "predcorr 0.1.0 (abc)";
  return r;
}

TEST_CASE("a record survives the way through JSON and fits its schema", "[results][schema]") {
  Record r = example();
  r.rounds.push_back({12, {4, 1}, {{"gp", {{"rmse", "", 0.5, ""}}}}});
  const Json json = record_to_json(r);
  CHECK(test::schema_errors(json, "record") == "");
  CHECK(record_to_json(record_from_json(json, "here")).dump() == json.dump());
  const Record back = record_from_json(json, "here");
  CHECK(back.seed() == 3);
  CHECK(back.rounds.at(0).acquired == Rows{4, 1});
  CHECK_FALSE(back.scores.at(1).value.has_value());
  CHECK(back.scores.at(1).reason == "no truth");
}

TEST_CASE("an early end stays with a record, and a record without one is read as before", "[results][schema]") {
  Record r = example();
  r.rounds.push_back({12, {}, {{"gp", {{"rmse", "", 0.5, ""}}}}});
  const Json old = record_to_json(r);
  CHECK_FALSE(old.at("rounds").at(0).contains("gain"));
  CHECK_FALSE(old.at("rounds").at(0).contains("stopped"));
  CHECK_FALSE(record_from_json(old, "here").rounds.at(0).stopped.has_value());
  r.rounds.push_back({14, {4, 1}, {{"gp", {{"rmse", "", 0.25, ""}}}}, -0.5, EarlyEnd{"patience", {16, 18}}});
  const Json json = record_to_json(r);
  CHECK(test::schema_errors(json, "record") == "");
  CHECK(record_to_json(record_from_json(json, "here")).dump() == json.dump());
  const LearningRound back = record_from_json(json, "here").rounds.at(1);
  CHECK(back.gain == -0.5);
  CHECK(back.stopped->rule == "patience");
  CHECK(back.stopped->n_train == std::vector<Index>{16, 18});
  r.rounds.back().stopped->rule = "tired";
  CHECK(test::schema_errors(record_to_json(r), "record") != "");
}

TEST_CASE("curves stay with a record, and a record without them is read as before", "[results][schema]") {
  const Json old = record_to_json(example());
  CHECK_FALSE(old.contains("curves"));
  CHECK(record_from_json(old, "here").curves == Json::object());
  Record r = example();
  r.curves = {{"pit", {{"edges", {0, 0.5, 1}}, {"density", {1.25, 0.75}}}}};
  const Json json = record_to_json(r);
  CHECK(test::schema_errors(json, "record") == "");
  CHECK(record_from_json(json, "here").curves == r.curves);
  CHECK(json.at("id") == old.at("id"));
  r.curves["pit"]["density"][0] = nullptr;  // what JSON makes of a number that is not finite
  CHECK(test::schema_errors(record_to_json(r), "record") != "");
}

TEST_CASE("a failed record keeps its reason", "[results][schema]") {
  Record r = example();
  r.failed = true;
  r.failure_kind = "numerical";
  r.failure_reason = "diverged";
  const Json json = record_to_json(r);
  CHECK(test::schema_errors(json, "record") == "");
  const Record back = record_from_json(json, "here");
  CHECK(back.failed);
  CHECK(back.failure_kind == "numerical");
  CHECK(back.failure_reason == "diverged");
}

TEST_CASE("scores in a record tell their unit and direction", "[results][schema]") {
  const Json json = record_to_json(example());
  CHECK(json.at("scores").at(0).at("unit") == "target units");
  CHECK(json.at("scores").at(0).at("better") == "lower");
  CHECK(json.at("scores").at(1).at("better") == "higher");
  Record r = example();
  r.scores.push_back({"r_statistic", "std", 1.5, ""});
  const Json plain = record_to_json(r);
  CHECK(plain.at("scores").at(2).at("better") == "none");
  CHECK(test::schema_errors(plain, "record") == "");
}

TEST_CASE("a cell's id depends on everything in its identity and a configuration's not on the seed", "[results]") {
  const Json a = example().identity;
  for (const char* key : {"task", "version", "seed", "dataset", "protocol", "model"}) {
    Json b = a;
    b[key] = "other";
    INFO(key);
    CHECK(cell_id(b) != cell_id(a));
    CHECK((configuration_id(b) == configuration_id(a)) == (std::string(key) == "seed"));
  }
  CHECK(cell_id(a).size() == 32);
}

TEST_CASE("records that cannot be trusted are refused", "[results]") {
  Json json = record_to_json(example());
  json["schema"] = "predcorr/record/2";
  CHECK_THAT(test::error_of([&] { record_from_json(json, "a.json"); }),
             test::contains("config: a.json") && test::contains("predcorr/record/2"));
  json = record_to_json(example());
  json["seed"] = 4;
  CHECK_THAT(test::error_of([&] { record_from_json(json, "a.json"); }), test::contains("its id does not fit"));
  json = record_to_json(example());
  json.erase("scores");
  CHECK_THAT(test::error_of([&] { record_from_json(json, "a.json"); }), test::contains("data: a.json: is not"));
  CHECK_THAT(test::error_of([&] { record_from_json(Json::array(), "a.json"); }), test::contains("schema none"));
}

}  // namespace
}  // namespace predcorr
