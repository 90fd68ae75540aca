// SPDX-License-Identifier: Apache-2.0
#include "results/store/record.hpp"

#include <limits>

#include "tests/support/helpers.hpp"
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

TEST_CASE("labels stay with a record, are no part of what it is, and may be left out", "[results][schema]") {
  Record r = example();
  const Json old = record_to_json(r);
  CHECK_FALSE(old.contains("labels"));
  CHECK(record_from_json(old, "here").labels.empty());
  r.labels = {{"dataset", "toy-3"}, {"criterion", "bmig"}, {"selector", "GP, \"small\""}};
  const Json json = record_to_json(r);
  CHECK(test::schema_errors(json, "record") == "");
  CHECK(json.at("id") == old.at("id"));
  CHECK(json.at("labels").at("selector") == "GP, \"small\"");
  CHECK(record_from_json(json, "here").labels == r.labels);
  CHECK(record_to_json(record_from_json(json, "here")).dump() == json.dump());
  Json wrong = json;
  wrong["labels"] = {{"dataset", 3}};
  wrong["checksum"] = record_checksum(wrong);
  CHECK(test::schema_errors(wrong, "record") != "");
  CHECK_THAT(test::error_of([&] { record_from_json(wrong, "here"); }),
             test::contains("data: here: is not a predcorr record"));
}

TEST_CASE("an early end stays with a record, and a record without one is read as before", "[results][schema]") {
  Record r = example();
  r.rounds.push_back({12, {}, {{"gp", {{"rmse", "", 0.5, ""}}}}});
  const Json old = record_to_json(r);
  CHECK_FALSE(old.at("rounds").at(0).contains("gain"));
  CHECK_FALSE(old.at("rounds").at(0).contains("stopped"));
  CHECK_FALSE(record_from_json(old, "here").rounds.at(0).stopped.has_value());
  r.rounds.push_back({14, {4, 1}, {{"gp", {{"rmse", "", 0.25, ""}}}}, -0.5, EarlyStopped{"patience", {16, 18}}});
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

TEST_CASE("expectations stay with a record, and a record without them is read as before", "[results][schema]") {
  const Json old = record_to_json(example());
  CHECK_FALSE(old.contains("expectations"));
  CHECK(record_from_json(old, "here").expectations.empty());
  Record r = example();
  r.expectations = {{{"rmse"}, 0.2, 0.0625, 0.25, 999}, {{"variogram_score", "0.5"}, -1.5, 0, 1, 20}};
  const Json json = record_to_json(r);
  CHECK(test::schema_errors(json, "record") == "");
  CHECK(json.at("id") == old.at("id"));
  const Record back = record_from_json(json, "here");
  REQUIRE(back.expectations.size() == 2);
  CHECK(back.expectations[0].key == ScoreKey{"rmse"});
  CHECK(back.expectations[0].mean == 0.2);
  CHECK(back.expectations[0].sd == 0.0625);
  CHECK(back.expectations[0].tail == 0.25);
  CHECK(back.expectations[0].draws == 999);
  CHECK(back.expectations[1].key == ScoreKey{"variogram_score", "0.5"});
  CHECK(record_to_json(back).dump() == json.dump());
  r.expectations[0].tail = 0;
  CHECK(test::schema_errors(record_to_json(r), "record") != "");
  CHECK(test::error_of([&] { record_to_text(r); }) ==
        "data: what came of the cell cannot be kept: record: the expectation of 'rmse' is none: sd 0.0625, tail 0, "
        "draws 999; at least 0, above 0 up to 1, and 1 to 60000 were expected");
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
  CHECK(is_cell_id(cell_id(a)));
  for (const std::string& other :
       {std::string(), std::string(31, 'a'), std::string(33, 'a'), std::string(32, 'A'), "../" + std::string(29, 'a')})
    CHECK_FALSE(is_cell_id(other));
}

/// As whoever edits a record and makes its check sum anew.
Json resealed(Json json) {
  json["checksum"] = record_checksum(json);
  return json;
}

TEST_CASE("records that cannot be trusted are refused", "[results]") {
  Json json = record_to_json(example());
  json["schema"] = "predcorr/record/99";
  CHECK_THAT(test::error_of([&] { record_from_json(json, "a.json"); }),
             test::contains("config: a.json") && test::contains("predcorr/record/99"));
  json = record_to_json(example());
  json["schema"] = 2;
  CHECK_THAT(test::error_of([&] { record_from_json(json, "a.json"); }), test::contains("schema none"));
  json = record_to_json(example());
  json["seed"] = 4;
  CHECK_THAT(test::error_of([&] { record_from_json(resealed(json), "a.json"); }),
             test::contains("its id does not fit"));
  json = record_to_json(example());
  json.erase("scores");
  CHECK_THAT(test::error_of([&] { record_from_json(resealed(json), "a.json"); }),
             test::contains("data: a.json: is not"));
  CHECK_THAT(test::error_of([&] { record_from_json(Json::array(), "a.json"); }), test::contains("schema none"));
}

TEST_CASE("a record that was edited anywhere no longer fits its check sum", "[results]") {
  const Json whole = record_to_json(example());
  const auto refused = [](const Json& json) {
    return test::missing(test::error_of([&] { record_from_json(json, "a.json"); }), {"a.json", "check sum"});
  };
  Json json = whole;
  json["scores"][0]["value"] = 0.0025;  // a hundredth
  CHECK(refused(json) == "");
  for (const char* key : {"cost", "diagnostics", "metrics", "rows", "prediction", "made_by", "scores"}) {
    json = whole;
    json.erase(key);
    INFO(key);
    CHECK(refused(json) == "");
  }
  json = whole;
  json["warnings"] = {"added"};
  CHECK(refused(json) == "");
  json = whole;
  json.erase("checksum");
  CHECK(refused(json) == "");
  // The sum is over what the record says, not over how it is laid out.
  CHECK_NOTHROW(record_from_json(parse_json(whole.dump(4), "a.json"), "a.json"));
}

TEST_CASE("the check sum is the SHA-256 of the record's canonical JSON without it", "[results]") {
  // python3 -c 'import hashlib; print(hashlib.sha256(b"""{"a":[1,0.5],"b":"x"}""").hexdigest())'
  CHECK(record_checksum({{"b", "x"}, {"a", {1, 0.5}}, {"checksum", "old"}}) ==
        "360f7f88950464b53cf7f0610d13a176dca281615fdf307d4a9cd05d48e15dc4");
}

TEST_CASE("what could not be read again is not written", "[results]") {
  CHECK(record_from_json(parse_json(record_to_text(example()), "a.json"), "a.json").n_test == 5);
  Record r = example();
  r.diagnostics["r_hat"] = std::numeric_limits<double>::infinity();
  CHECK_THAT(test::error_of([&] { record_to_text(r); }), test::contains("data: ") && test::contains("cannot be kept"));
  r = example();
  r.rounds.push_back({14, {4, 1}, {}, std::numeric_limits<double>::quiet_NaN(), std::nullopt});
  CHECK_THAT(test::error_of([&] { record_to_text(r); }), test::contains("cannot be kept"));
  // A message in another encoding loses the bytes that are no UTF-8, no more.
  r = example();
  r.failed = true;
  r.failure_reason = "caf\xe9 not found";
  const Record back = record_from_json(parse_json(record_to_text(r), "a.json"), "a.json");
  CHECK(back.failure_reason == "caf\xef\xbf\xbd not found");
}

}  // namespace
}  // namespace predcorr
