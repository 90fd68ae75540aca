// SPDX-License-Identifier: Apache-2.0
// What a run does with a folder that is not as it left it: damaged, shared, somebody else's, made with other options.
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "core/base/files.hpp"
#include "core/numpy/npz.hpp"
#include "harness/plan.hpp"
#include "harness/runner.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/kept_files.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::contains;

/// The tiny suite without active learning: 18 cells, ten of which predict a pool.
Json small_suite() {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  return json;
}

struct Run {
  test::TemporaryFolder folder;
  Suite suite;
  Store store;
  explicit Run(const Json& json = small_suite())
      : suite(read_suite(json, "test")), store(Store::open_for_writing(folder.path(), suite.name)) {}

  RunSummary run(const RunOptions& options = {.threads = 2, .quiet = true}) {
    const std::atomic<bool> stop = false;
    return run_suite(suite, store, options, stop);
  }
  RunSummary keeping(Keep keep) { return run({.threads = 2, .quiet = true, .keep = keep}); }
  std::string board() const { return test::comparable(to_json(make_leaderboard({store}))); }
  fs::path file(const Record& record, const char* ending) const {
    return store.cells() / (cell_id(record.identity) + ending);
  }
};

TEST_CASE("a run's files fit their schemas, and its plan lists its cells", "[harness][schema]") {
  Run run;
  run.run();
  const auto about = run.store.run();
  CHECK(test::schema_errors(to_json(about), "run") == "");
  std::set<std::string> planned;
  for (const auto& [entry, cells] : about.plan)
    for (const auto& [seed, id] : cells) {
      planned.insert(id);
      CHECK(run.store.find(id)->seed() == seed);
    }
  CHECK(planned.size() == 18);
  CHECK(planned == run.store.own_cells());
  for (const StoreContents contents = run.store.all(); const Record& record : contents.records) {
    CHECK(test::schema_errors(record_to_json(record), "record") == "");
    CHECK(planned.count(cell_id(record.identity)) == 1);
  }
}

TEST_CASE("damaged cells are named, missing from the board, and healed by the next run", "[harness]") {
  Run run;
  run.run();
  const std::string board = run.board();
  const StoreContents before = run.store.all();
  const Record &a = before.records.at(0), &b = before.records.at(1), &c = before.records.at(2),
               &d = before.records.at(3);
  fs::resize_file(run.file(a, ".json"), 300);
  fs::copy_file(run.file(c, ".json"), run.file(b, ".json"), fs::copy_options::overwrite_existing);
  {
    std::fstream bit(run.file(c, ".npz"), std::ios::in | std::ios::out | std::ios::binary);
    bit.seekg(100);
    const char byte = static_cast<char>(bit.get());
    bit.seekp(100);
    bit.put(static_cast<char>(byte ^ 4));
  }
  Json edited = read_json_file(run.file(d, ".json"));
  edited["scores"][0]["value"] = 0.001;
  write_text_atomically(run.file(d, ".json"), edited.dump());

  CHECK(run.store.all().damaged.size() == 4);
  CHECK(run.store.all().records.size() == 14);
  CHECK_NOTHROW(run.board());  // of what is left
  const RunSummary summary = run.run();
  REQUIRE(summary.damaged.size() == 4);
  CHECK(summary.done == 4);
  CHECK(summary.done_before == 14);
  CHECK(run.store.all().damaged.empty());
  CHECK(run.board() == board);
}

TEST_CASE("a prediction too large for its units is a failed cell, never a broken board", "[harness]") {
  const test::TemporaryFolder files;
  std::string table;
  Stream stream(1);
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{}\n", i, stream.uniform() * 1e160);
  write_text_atomically(files / "huge.csv", table);
  Json json = small_suite();
  json["datasets"] = {{{"dataset", "friedman-1"}, {"label", "good"}, {"parameters", {{"rows", 60}}}},
                      {{"dataset", "csv"},
                       {"label", "huge"},
                       {"parameters", {{"file", (files / "huge.csv").string()}, {"header", "no"}}}}};
  json["models"] = {"ridge"};
  json["seeds"] = "1";
  Run run(json);
  const RunSummary summary = run.run();
  CHECK(summary.done == 1);
  CHECK(summary.failed == 1);
  for (int again = 0; again < 2; ++again) {
    const Json board = to_json(make_leaderboard({run.store}));
    CHECK(board.at("datasets").at("good").at("models").contains("ridge"));
    REQUIRE(board.at("failures").size() == 1);
    CHECK(board.at("failures")[0].at("dataset") == "huge");
    CHECK_THAT(board.at("failures")[0].at("message").get<std::string>(), contains("not finite"));
    run.run();
  }
  CHECK(run.store.all().damaged.empty());
}

TEST_CASE("fresh removes what is to run, and nothing else", "[harness]") {
  Run run;
  run.run();
  write_text_atomically(run.folder / "cells/thesis.txt", "x");
  const test::KeptFiles records(run.store.cells(), ".json");
  REQUIRE(records.all() == 18);
  CHECK(run.run({.threads = 2, .fresh = true, .quiet = true, .only = {"gp"}}).done == 4);
  CHECK(records.left_alone() == 14);
  CHECK(run.run({.threads = 2, .fresh = true, .shard = 1, .shards = 9, .quiet = true}).done == 2);
  CHECK(run.store.all().records.size() == 18);
  CHECK(records.left_alone() >= 12);  // the two may be among the four

  // Cells of other seeds that the folder has are the run's own as well: old code may have made them.
  run.suite.seeds = {2};
  CHECK(run.run({.threads = 2, .fresh = true, .quiet = true}).done == 9);
  CHECK(run.store.all().records.size() == 9);
  CHECK(read_text_file(run.folder / "cells/thesis.txt") == "x");
}

/// The small suite with a control of a dense and of a factored model.
Json suite_with_controls() {
  Json json = small_suite();
  json["controls"] = {"gp", "ridge"};
  return json;
}

TEST_CASE("how much of the predictions is kept changes no score", "[harness]") {
  Run all(suite_with_controls()), predictions(suite_with_controls()), test_points(suite_with_controls()),
      scores(suite_with_controls());
  all.keeping(Keep::all);
  predictions.keeping(Keep::predictions);
  test_points.keeping(Keep::test);
  scores.keeping(Keep::scores);
  CHECK(predictions.board() == all.board());
  CHECK(test_points.board() == all.board());

  std::map<std::string, int> kept;
  for (const StoreContents contents = predictions.store.all(); const Record& record : contents.records) {
    REQUIRE(record.prediction);
    const std::string model = record.identity.at("model").at("name");
    ++kept[to_string(record.prediction->kept)];
    const bool is_control = model.rfind("control-", 0) == 0, has_pool = record.n_pool == 30;
    const bool is_dense = model == "oracle" || model == "gp";
    CHECK(record.prediction->kept == (!has_pool    ? Keep::all
                                      : is_control ? Keep::test
                                      : is_dense   ? Keep::predictions
                                                   : Keep::all));
    const std::optional<Record> other = all.store.find(cell_id(record.identity));
    CHECK(other->prediction->kept == Keep::all);
    if (record.prediction->kept != Keep::all) CHECK(record.prediction->bytes < other->prediction->bytes);
  }
  CHECK(kept.size() == 3);

  const Json board = to_json(make_leaderboard({scores.store})), expected = to_json(make_leaderboard({all.store}));
  for (const auto& [dataset, tables] : expected.at("datasets").items()) {
    const Json& own = board.at("datasets").at(dataset);
    for (const auto& [model, values] : tables.at("models").items())
      for (const auto& [score, value] : values.items()) {
        INFO(dataset << " " << model << " " << score);
        if (score.rfind("xll", 0) != 0)
          CHECK(own.at("models").at(model).at(score) == value);
        else
          CHECK_FALSE(own.at("models").at(model).contains(score));
      }
    CHECK_THAT(own.at("absent").at("gp").at("xllr").get<std::string>(), contains("was not kept (--keep scores)"));
  }
}

TEST_CASE("scores are computed again from what is kept, to the last bit", "[harness]") {
  Json json = suite_with_controls();
  json["metrics"] = {"rmse"};
  const Keep keep = GENERATE(Keep::predictions, Keep::all);
  Run narrow(json), wide(suite_with_controls());
  narrow.keeping(keep);
  wide.keeping(keep);
  narrow.suite = read_suite(suite_with_controls(), "test");
  const int refits = narrow.keeping(keep).done;  // of controls, for what tells of the pool
  CHECK((refits > 0) == (keep == Keep::predictions));
  for (const StoreContents contents = wide.store.all(); const Record& record : contents.records) {
    const std::optional<Record> other = narrow.store.find(cell_id(record.identity));
    REQUIRE(other);
    INFO(record.identity.dump());
    CHECK(record_to_json(*other).at("scores") == record_to_json(record).at("scores"));
    CHECK(other->curves == record.curves);
  }
}

TEST_CASE("a score of the pool stays where a new metric does not need the pool", "[harness]") {
  Json json = suite_with_controls();
  json["metrics"] = {"meta_correlation"};
  Run narrow(json), wide(suite_with_controls());
  narrow.keeping(Keep::test);
  json["metrics"] = {"rmse", "meta_correlation"};
  narrow.suite = read_suite(json, "test");
  wide.suite = narrow.suite;
  wide.keeping(Keep::all);
  CHECK(narrow.keeping(Keep::test).done == 0);
  CHECK(narrow.board() == wide.board());
}

TEST_CASE("cells that keep less than is asked for are run again, those that keep more are not", "[harness]") {
  Run run;
  CHECK(run.keeping(Keep::scores).done == 18);
  CHECK(run.keeping(Keep::scores).done == 0);
  CHECK(run.keeping(Keep::predictions).done == 18);
  CHECK(run.keeping(Keep::scores).done == 0);
  CHECK(run.keeping(Keep::test).done == 0);
  CHECK(run.keeping(Keep::all).done == 4);  // oracle and gp on the toy; the others have factors, or no pool
  CHECK(run.keeping(Keep::predictions).done == 0);
  // New metrics need a prediction, so without one a new fit.
  Run bare;
  bare.suite.metrics.erase(bare.suite.metrics.begin());
  bare.keeping(Keep::scores);
  bare.suite = read_suite(small_suite(), "test");
  CHECK(bare.keeping(Keep::scores).done == 18);
}

TEST_CASE("two runs at one time into one folder end with one whole run", "[harness]") {
  Run whole;
  whole.run();
  Run shared;
  std::thread other([&] {
    const Store store = Store::open_for_writing(shared.folder.path(), shared.suite.name);
    const std::atomic<bool> stop = false;
    run_suite(shared.suite, store, {.threads = 1, .quiet = true}, stop);
  });
  const RunSummary summary = shared.run();
  other.join();
  CHECK(summary.failed == 0);
  CHECK(shared.store.all().damaged.empty());
  CHECK(shared.board() == whole.board());
}

}  // namespace
}  // namespace predcorr
