// SPDX-License-Identifier: Apache-2.0
#include "harness/recompute.hpp"

#include "core/base/files.hpp"
#include "harness/runner.hpp"
#include "results/store/run_index.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::contains;

Json small_suite() {
  Json json = test::tiny_suite();
  json["models"] = {"oracle", "constant", {{"model", "gp"}, {"parameters", {{"steps", 20}}}}};
  json["active_learning"] = Json::parse(R"({"criteria": ["random"], "rounds": 1, "batch": 2, "predictors": ["gp"]})");
  return json;
}

struct Finished {
  test::TemporaryFolder folder;
  Store store;
  explicit Finished(const Json& json = small_suite(), Keep keep = Keep::predictions)
      : store(Store::open_for_writing(folder.path(), json.at("name").get<std::string>())) {
    const std::atomic<bool> stop = false;
    run_suite(read_suite(json, "test"), store, {.threads = 2, .quiet = true, .keep = keep}, stop);
  }
  /// As a forger does it, who knows how to make a check sum.
  void rewrite(const Record& record) const {
    write_text_atomically(store.cells() / (cell_id(record.identity) + ".json"), record_to_text(record));
  }
  Record of(const std::string& model) const {
    for (const StoreContents contents = store.all(); const Record& record : contents.records)
      if (record.prediction && record.identity.at("model").at("name") == model && record.n_pool == 30) return record;
    throw std::runtime_error("no such record");
  }
};

TEST_CASE("the scores of honest records come out again", "[harness]") {
  const Keep keep = GENERATE(Keep::test, Keep::predictions, Keep::all);
  Json json = small_suite();
  // What the board is asked for, which scores do not depend on.
  json.update(Json::parse(R"({"groups": {"both": ["toy", "friedman-3"]}, "primary": "crps", "combined": {"crps": 1},
    "findings": [{"finding": "f", "source": "s", "score": "crps", "model": "gp", "datasets": "both", "at_least": 0}]})"));
  const Finished run(json, keep);
  const Recomputation found = recompute_scores(run.store, {});
  CHECK(found.agree == 10);   // three models on the toy, two on Friedman's function, two seeds
  CHECK(found.without == 4);  // learning loops
  CHECK(found.differ.empty());
  CHECK(found.unknown.empty());
}

TEST_CASE("records whose scores are not those of their predictions are found, check sum or not", "[harness]") {
  const Finished run;
  Record better = run.of("gp"), invented = run.of("oracle"), added = run.of("constant");
  for (Score& score : better.scores)
    if (score.name == "rmse") *score.value *= 0.01;
  for (Score& score : added.scores)
    if (!score.value) score = {score.name, score.part, 0.99, ""};
  invented.scores.push_back({"greatness", "", 1.0, ""});
  for (const Record& record : {better, invented, added}) run.rewrite(record);
  CHECK(run.store.all().damaged.empty());

  Recomputation found = recompute_scores(run.store, {});
  CHECK(found.agree == 7);
  REQUIRE(found.differ.size() == 3);
  const std::string id = cell_id(better.identity);
  CHECK(test::missing(found.differ.at(id), {id + ".json", "its rmse is ", ", its prediction gives "}) == "");
  CHECK_THAT(found.differ.at(cell_id(invented.identity)), contains("'greatness' is of none of its metrics"));
  CHECK_THAT(found.differ.at(cell_id(added.identity)), contains("is 0.99, its prediction gives absent"));

  std::vector<Store> stores = {run.store};
  distrust_forged(stores, {});
  CHECK(stores[0].all().damaged.size() == 3);
  CHECK(index_runs(stores).regression.at({"toy", "gp"}).size() == 1);
}

TEST_CASE("expectations that are not those of the prediction are found as well", "[harness]") {
  const Finished run;
  Record hopeful = run.of("gp"), bare = run.of("constant");
  REQUIRE_FALSE(hopeful.expectations.empty());
  hopeful.expectations.at(0).tail = 0.5 * hopeful.expectations.at(0).tail + 0.5 / 1001;
  hopeful.expectations.at(1).mean += 0.1 * hopeful.expectations.at(1).sd;
  bare.expectations.clear();  // as older records are
  for (const Record& record : {hopeful, bare}) run.rewrite(record);
  const Recomputation found = recompute_scores(run.store, {});
  CHECK(found.agree == 9);
  REQUIRE(found.differ.size() == 1);
  CHECK_THAT(found.differ.at(cell_id(hopeful.identity)), contains(" should be ") && contains("; it says "));
}

TEST_CASE("the last digits may be another machine's", "[harness]") {
  const Finished run;
  Record record = run.of("gp");
  for (Score& score : record.scores)
    if (score.value) *score.value *= 1 + 1e-8;
  run.rewrite(record);
  CHECK(recompute_scores(run.store, {}).differ.empty());
}

TEST_CASE("where the data are not at hand, records are believed, and that is said", "[harness]") {
  const test::TemporaryFolder files;
  std::string table = "x,y\n";
  Stream stream(3);
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{}\n", stream.normal(), stream.normal());
  write_text_atomically(files / "a.csv", table);
  Json json = small_suite();
  json.erase("active_learning");
  json["datasets"] = {{{"dataset", "csv"}, {"parameters", {{"file", (files / "a.csv").string()}}}}};
  json["models"] = {"constant"};
  const Finished run(json);
  CHECK(recompute_scores(run.store, {}).agree == 2);
  fs::remove(files / "a.csv");
  const Recomputation found = recompute_scores(run.store, {});
  CHECK(found.agree == 0);
  CHECK(found.differ.empty());
  REQUIRE(found.unknown.size() == 2);
  CHECK_THAT(found.unknown.begin()->second, contains("a.csv"));

  const Finished bare(small_suite(), Keep::scores);
  CHECK(recompute_scores(bare.store, {}).without == 14);
}

TEST_CASE("leaderboard recomputes the scores of several folders, and of one if asked to", "[harness]") {
  const Finished honest, forged;
  Record record = forged.of("gp");
  for (Score& score : record.scores)
    if (score.name == "rmse") *score.value *= 0.01;
  forged.rewrite(record);
  const test::TemporaryFolder at;
  const auto leaderboard = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "leaderboard");
    return test::run_program(arguments, at.path());
  };
  const std::string a = forged.folder.path().string(), b = honest.folder.path().string();
  const std::string noted = "its rmse is";
  CHECK_THAT(leaderboard({a, b}).err, contains("1 differ") && contains(noted) && contains(cell_id(record.identity)));
  CHECK_THAT(leaderboard({a, "--recompute"}).err, contains(noted));
  CHECK_THAT(leaderboard({a, b, "--no-recompute"}).err, !contains(noted));
  // The honest folder has the cell, so the board is the honest one's.
  CHECK(leaderboard({a, b, "--partial", "--format", "csv"}).out == leaderboard({b, "--format", "csv"}).out);
}

}  // namespace
}  // namespace predcorr
