// SPDX-License-Identifier: Apache-2.0
#include "harness/runner.hpp"

#include <map>
#include <set>

#include "core/base/files.hpp"
#include "harness/plan.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "results/report/report.hpp"
#include "tests/support/kept_files.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;

/// A suite run into a folder of its own.
struct Run {
  test::TemporaryFolder folder;
  Suite suite;
  Store store;
  explicit Run(const Json& json = test::tiny_suite())
      : suite(read_suite(json, "test")), store(Store::open_for_writing(folder.path(), suite.name)) {}

  RunSummary run(const RunOptions& options = {.threads = 1, .quiet = true}) {
    const std::atomic<bool> stop = false;
    return run_suite(suite, store, options, stop);
  }
  std::string board() const { return test::comparable(to_json(make_leaderboard({store}))); }
};

TEST_CASE("models that need a truth are left out where there is none", "[harness]") {
  const Suite suite = read_suite(test::tiny_suite(), "test");
  int oracle_cells = 0;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    if (cell.entry.model != "oracle") continue;
    CHECK(cell.entry.dataset == "toy");
    ++oracle_cells;
  }
  CHECK(oracle_cells == 2);
}

TEST_CASE("the plan has a cell for every model, and one for each way to learn actively", "[harness]") {
  const Suite suite = read_suite(test::tiny_suite(), "test");
  Problems problems(suite);
  const auto cells = plan_cells(suite, describe_datasets(suite, problems));
  std::set<std::string> names;
  for (const Cell& cell : cells) names.insert(cell.describe());
  CHECK(names.size() == cells.size());
  // 2 seeds x (5 + 4 models; on both data sets 2 selectors with bmig and 2 predictors with random)
  CHECK(cells.size() == 2 * (5 + 4 + 2 * (2 + 2)));
  CHECK(names.count("toy active learning bmig ridge seed 1") == 1);
  CHECK(names.count("toy active learning random gp seed 2") == 1);
}

TEST_CASE("results do not depend on threads, shards or interruptions", "[harness]") {
  Run whole;
  const RunSummary summary = whole.run();
  CHECK(summary.failed == 0);
  CHECK(summary.left == 0);
  const std::string board = whole.board();

  SECTION("four threads") {
    Run other;
    other.run({.threads = 4, .quiet = true});
    CHECK(other.board() == board);
  }
  SECTION("shards of one folder, then joined from two") {
    Run a, b;
    a.run({.threads = 2, .shard = 1, .shards = 2, .quiet = true});
    b.run({.threads = 1, .shard = 2, .shards = 2, .quiet = true});
    const Json joined = to_json(make_leaderboard({a.store, b.store}));
    Json expected = to_json(make_leaderboard({whole.store}));
    CHECK(joined.at("datasets").dump() == expected.at("datasets").dump());
    CHECK(joined.at("active_learning").dump() == expected.at("active_learning").dump());
  }
  SECTION("one part, then the rest") {
    Run other;
    other.run({.threads = 1, .quiet = true, .only = {"gp"}});
    const RunSummary rest = other.run();
    CHECK(rest.done_before > 0);
    CHECK(rest.done + rest.done_before == summary.done);
    CHECK(other.board() == board);
  }
  SECTION("nothing is run twice") {
    const RunSummary again = whole.run();
    CHECK(again.done == 0);
    CHECK(again.done_before == summary.done);
    CHECK(whole.board() == board);
  }
  SECTION("fresh runs everything") {
    const RunSummary again = whole.run({.threads = 2, .fresh = true, .quiet = true});
    CHECK(again.done == summary.done);
    CHECK(whole.board() == board);
  }
  SECTION("damaged and missing cells are made again") {
    int i = 0;
    for (const auto& entry : std::filesystem::directory_iterator(whole.folder.path() / "cells")) {
      if (++i % 3 == 0) std::filesystem::resize_file(entry.path(), 10);
    }
    CHECK(whole.run().done > 0);
    CHECK(whole.board() == board);
  }
}

/// Ids of the cells, with what they are.
std::map<std::string, std::string> planned(const Json& json) {
  const Suite suite = read_suite(json, "test");
  std::map<std::string, std::string> ids;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) ids[cell.id()] = cell.describe();
  return ids;
}

TEST_CASE("a way to learn has a new identity where it says something new, and only there", "[harness]") {
  Json json = test::tiny_suite();
  const auto before = planned(json);
  const Suite suite = read_suite(json, "test");
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    if (!cell.identity.contains("learning")) continue;
    for (const auto& [key, value] : cell.identity.at("learning").items())
      CHECK(std::set<std::string>{"criterion", "rounds", "batch", "selector", "predictors"}.count(key) == 1);
  }
  json["active_learning"].update(Json::parse(R"({"initial": "all", "update": "refit", "stop": {}})"));
  CHECK(planned(json) == before);
  for (const char* change : {R"({"initial": 5})", R"({"update": "condition"})", R"({"stop": {"rmse": 0.5}})"}) {
    Json changed = test::tiny_suite();
    changed["active_learning"].update(Json::parse(change));
    int kept = 0;
    for (const auto& [id, what] : planned(changed)) kept += static_cast<int>(before.count(id));
    INFO(change);
    CHECK(kept == 2 * (5 + 4));  // the regressions
  }
}

/// The tiny suite with every option of active learning, and references that select and predict.
Json suite_with_options(const std::string& update) {
  Json json = test::tiny_suite();
  json["models"].push_back({{"model", "gp-hindsight"}, {"parameters", {{"steps", 3}, {"rows", 20}}}});
  json["active_learning"] = Json::parse(R"({"criteria": ["random", "bmig", "vtl"], "rounds": 6, "batch": 2,
    "models": ["oracle", "ridge", "gp-hindsight"], "predictors": ["self", "gp", "oracle"],
    "initial": 0.6, "stop": {"patience": 2, "rmse": 0.001, "gain": -1e6}})");
  json["active_learning"]["update"] = update;
  json["metrics"] = {"rmse"};  // of the regressions, which others test
  return json;
}

TEST_CASE("loops with options do not depend on threads or interruptions, and their records keep them",
          "[harness][schema]") {
  for (const char* update : {"refit", "condition"}) {
    INFO(update);
    const Json json = suite_with_options(update);
    Run whole(json);
    const RunSummary summary = whole.run();
    CHECK(summary.failed == 0);
    const Json board = to_json(make_leaderboard({whole.store}));
    CHECK(test::schema_errors(board, "leaderboard") == "");
    Run other(json);
    other.run({.threads = 1, .quiet = true, .only = {"oracle", "toy"}});
    const RunSummary rest = other.run({.threads = 3, .quiet = true});
    CHECK(rest.done_before > 0);
    CHECK(rest.done > 0);
    CHECK(other.board() == test::comparable(board));

    int early = 0;
    for (const StoreContents contents = whole.store.all(); const Record& record : contents.records) {
      CHECK(test::schema_errors(record_to_json(record), "record") == "");
      if (record.rounds.empty()) continue;
      const Index whole_training = record.n_train, pool = record.n_pool;
      CHECK(record.rounds[0].n_train == (whole_training == 10 ? 6 : 7));  // 0.6 of 10 or of 12 rows
      std::vector<Index> n_train;
      for (const LearningRound& round : record.rounds) n_train.push_back(round.n_train);
      if (const auto& end = record.rounds.back().stopped) {
        ++early;
        n_train.insert(n_train.end(), end->n_train.begin(), end->n_train.end());
      }
      REQUIRE(n_train.size() == 7);
      for (std::size_t k = 1; k < 7; ++k) CHECK(n_train[k] == n_train[k - 1] + 2);
      CHECK(pool + whole_training > n_train.back());
    }
    CHECK(early > 0);
    // References: everywhere as self, the oracle on the toy alone, and by themselves with random picks.
    std::set<std::string> seen;
    for (const auto& [dataset, curves] : board.at("active_learning").items())
      for (const Json& curve : curves)
        seen.insert(dataset + " " + curve.at("criterion").get<std::string>() + " " +
                    (curve.at("selector").is_null() ? "-" : curve.at("selector").get<std::string>()) + " " +
                    curve.at("predictor").get<std::string>());
    for (const char* there : {"toy random - oracle", "toy random - gp-hindsight", "friedman-3 random - gp-hindsight",
                              "toy bmig oracle oracle", "toy bmig ridge oracle", "toy vtl gp-hindsight gp-hindsight",
                              "friedman-3 bmig gp-hindsight gp"}) {
      INFO(there);
      CHECK(seen.count(there) == 1);
    }
    for (const std::string& curve : seen)
      CHECK_FALSE((curve.rfind("friedman-3", 0) == 0 && curve.find("oracle") != std::string::npos));
  }
}

TEST_CASE("a loop with nobody to score is not run", "[harness]") {
  Json json = test::tiny_suite();
  json["active_learning"]["predictors"] = {"oracle"};
  const Suite suite = read_suite(json, "test");
  std::set<std::string> datasets;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems)))
    if (cell.criterion != nullptr) datasets.insert(cell.entry.dataset);
  CHECK(datasets == std::set<std::string>{"toy"});
}

TEST_CASE("a stop request leaves the rest for later", "[harness]") {
  Run run;
  const std::atomic<bool> stop = true;
  const RunSummary summary = run_suite(run.suite, run.store, {.threads = 2, .quiet = true}, stop);
  CHECK(summary.done == 0);
  CHECK(summary.left > 0);
  CHECK(run.run().left == 0);
}

TEST_CASE("a failed cell is recorded with its reason and tried again", "[harness]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["models"] = {"constant",
                    {{"model", "bbb"}, {"label", "wild"}, {"parameters", {{"learning_rate", 1e8}, {"epochs", 50}}}}};
  Run run(json);
  const RunSummary first = run.run({.threads = 2, .quiet = true});
  CHECK(first.failed == 4);
  CHECK(first.done == 4);
  const RunSummary second = run.run();
  CHECK(second.failed == 4);
  CHECK(second.done == 0);
  const Json board = to_json(make_leaderboard({run.store}));
  REQUIRE(board.at("failures").size() == 4);
  CHECK_THAT(board.at("failures").at(0).at("message").get<std::string>(), contains("diverged"));
  CHECK(board.at("failures").at(0).at("kind") == "numerical");
  CHECK_FALSE(board.at("datasets").at("toy").at("models").contains("wild"));
}

TEST_CASE("a metric asked for later is scored without a refit", "[harness]") {
  Json json = test::tiny_suite();
  json["metrics"] = {"rmse"};
  Run narrow(json);
  narrow.run();
  const test::KeptFiles predictions(narrow.store.cells(), ".npz");
  REQUIRE(predictions.all() > 0);
  json["metrics"] = "all";
  narrow.suite = read_suite(json, "test");
  const RunSummary summary = narrow.run();
  CHECK(summary.done == 0);
  CHECK(predictions.left_alone() == predictions.all());  // a fit would have filed its own
  Run wide;
  wide.run();
  const Json a = to_json(make_leaderboard({narrow.store})), b = to_json(make_leaderboard({wide.store}));
  CHECK(a.at("datasets").dump() == b.at("datasets").dump());
  for (const StoreContents contents = narrow.store.all(); const Record& record : contents.records)
    CHECK(record.curves == wide.store.find(cell_id(record.identity))->curves);
}

TEST_CASE("a metric whose parameters change is scored anew, without a refit", "[harness]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["models"] = {"constant", {{"model", "gp"}, {"parameters", {{"steps", 20}}}}};
  const auto with_points = [&](int points) {
    json["metrics"] = {"rmse", {{"metric", "energy_score"}, {"parameters", {{"points", points}}}}};
    return read_suite(json, "test");
  };
  Run run(json);
  run.suite = with_points(5);
  run.run();
  const std::string few = run.board();
  run.suite = with_points(12);
  CHECK(run.run().done == 0);
  Run anew(json);
  anew.suite = with_points(12);
  anew.run();
  CHECK(run.board() == anew.board());
  CHECK(run.board() != few);
  for (const StoreContents contents = run.store.all(); const Record& record : contents.records)
    CHECK(record.metrics.at("energy_score").at("points") == 12);
}

TEST_CASE("records of predictions keep what plots need, in finite numbers", "[harness][schema]") {
  Run run;
  run.run({.threads = 2, .quiet = true, .only = {"gp", "constant"}});
  std::set<std::string> seen;
  for (const StoreContents contents = run.store.all(); const Record& record : contents.records) {
    CHECK(test::schema_errors(record_to_json(record), "record") == "");
    CHECK(record.curves.empty() == !record.prediction.has_value());
    for (const auto& [metric, curves] : record.curves.items()) {
      seen.insert(metric);
      std::size_t numbers = 0;
      for (const Json& curve : curves) numbers += curve.size();
      INFO(metric);
      CHECK(numbers > 0);
      CHECK(numbers <= 500);
    }
    // One sigma for all points has no line, and so no curve, beside a reason.
    if (record.prediction && record.identity.at("model").at("name") == "constant")
      CHECK_FALSE(record.curves.contains("binned_error"));
  }
  for (const char* metric : {"binned_error", "miscalibration_area", "pit", "r_statistic"})
    CHECK(seen.count(metric) == 1);
}

TEST_CASE("a run knows its controls and their bases, and tells which scores see them", "[harness][schema]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["datasets"] = {json["datasets"][0]};
  const Json gp = {{"model", "gp"}, {"parameters", {{"steps", 20}}}};
  json["models"] = {"constant",
                    gp,
                    {{"model", "control-independent"}, {"parameters", {{"base", gp}}}},
                    {{"model", "control-shrunk"}, {"label", "of another"}, {"parameters", {{"base", "gp"}}}}};
  Run run(json);
  run.run();
  CHECK(run.store.run().controls ==
        std::map<std::string, std::string>{{"control-independent", "gp"}, {"of another", ""}});
  const Leaderboard results = make_leaderboard({run.store});
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  REQUIRE(board.at("controls").at("toy").size() == 1);
  const OrderedJson& control = board.at("controls").at("toy").at("control-independent");
  CHECK(control.at("base") == "gp");
  CHECK(control.at("scores").at("marginal_log_likelihood").at("verdict") == "identical");
  CHECK(control.at("scores").at("joint_log_likelihood").at("verdict") != "identical");
  CHECK_THAT(terminal_report(results), contains("Blind to correlations: ") && contains("rmse"));

  // No control is a reference, so the others' scores are what they are without them.
  json["models"] = {"constant", gp};
  Run bare(json);
  bare.run();
  const OrderedJson other = to_json(make_leaderboard({bare.store}));
  for (const char* label : {"constant", "gp"})
    CHECK(board.at("datasets").at("toy").at("models").at(label) ==
          other.at("datasets").at("toy").at("models").at(label));
}

TEST_CASE("an edited suite does not mix with what it was before", "[harness]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  Run run(json);
  run.run();
  json["models"][3]["parameters"]["members"] = 12;
  run.suite = read_suite(json, "test");
  CHECK(run.run().done == 4);  // the ridge on two data sets and two seeds
  Run anew(json);
  anew.run();
  CHECK(run.board() == anew.board());
}

TEST_CASE("predictions name the rows of the source", "[harness]") {
  Run run;
  run.run({.threads = 2, .quiet = true, .only = {"constant"}});
  for (const StoreContents contents = run.store.all(); const Record& record : contents.records) {
    if (!record.prediction) continue;
    const StoredPrediction p = run.store.prediction_of(record);
    const Labelled<DatasetSource>& source = run.suite.datasets.at(record.n_pool == 30 ? 0 : 1);
    const Problem problem(*source.plugin.object, run.suite.request(record.seed()));
    CHECK(p.rows.train == problem.split().train);
    CHECK(p.rows.pool == problem.split().pool);
    CHECK(p.rows.test == problem.split().test);
    const Rows predicted = p.n_pool > 0 ? joined(p.rows.pool, p.rows.test) : p.rows.test;
    CHECK(p.y == problem.targets(predicted));
  }
}

TEST_CASE("where a file lies does not decide a number, what it holds does", "[harness]") {
  std::string table = "x,y\n";
  Stream stream(3);
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{}\n", stream.normal(), stream.normal());
  const test::TemporaryFolder files;
  write_text_atomically(files / "a.csv", table);
  write_text_atomically(files / "b.csv", table);
  write_text_atomically(files / "c.csv", table + "0.5,0.25\n");
  std::vector<std::string> boards;
  for (const char* name : {"a.csv", "b.csv", "c.csv"}) {
    Json json = test::tiny_suite();
    json.erase("active_learning");
    json["datasets"] = {{{"dataset", "csv"}, {"parameters", {{"file", (files / name).string()}}}}};
    json["models"] = {"constant", {{"model", "bootstrap"}, {"parameters", {{"base", "ridge"}, {"members", 5}}}}};
    Run run(json);
    REQUIRE(run.run().failed == 0);
    boards.push_back(run.board());
  }
  CHECK(boards.at(0) == boards.at(1));
  CHECK(boards.at(0) != boards.at(2));
}

TEST_CASE("options that fit nothing are refused", "[harness]") {
  Run run;
  CHECK_THAT(test::error_of([&] { run.run({.threads = 1, .quiet = true, .only = {"rigde"}}); }),
             contains("did you mean 'ridge'?"));
  CHECK_THAT(test::error_of([&] { run.run({.threads = 1, .shard = 3, .shards = 2, .quiet = true}); }),
             contains("--shard"));
}

}  // namespace
}  // namespace predcorr
