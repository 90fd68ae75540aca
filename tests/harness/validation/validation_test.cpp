// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/validation.hpp"

#include <map>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;

/// A suite, planned, and a run folder for it.
struct Planned {
  test::TemporaryFolder folder;
  Suite suite;
  Problems problems;
  Plan plan;
  Store store;
  explicit Planned(const Json& json = test::tiny_suite())
      : suite(read_suite(json, "test")),
        problems(suite),
        plan(plan_suite(suite, problems)),
        store(Store::open_for_writing(folder / "out", suite.name)) {}

  RunSummary run(const RunOptions& options) {
    const std::atomic<bool> stop = false;
    return run_plan(suite, plan, problems, store, options, stop);
  }
  SuiteValidation validate(const RunOptions& options = {}) {
    return validate_suite(suite, plan, problems, &store, options);
  }
};

TEST_CASE("validation counts the cells that a run then does", "[harness]") {
  Planned at;
  const SuiteValidation before = at.validate();
  CHECK(before.count().cells == 34);
  CHECK(before.count().done == 0);
  CHECK(before.models == std::vector<std::string>{"oracle", "constant", "gp", "ridge", "bbb"});
  CHECK(before.criteria == std::vector<std::string>{"random", "bmig"});
  REQUIRE(before.datasets.size() == 2);
  const ValidatedDataset &toy = before.datasets[0], &friedman = before.datasets[1];
  CHECK((toy.train->fewest == 10 && toy.train->most == 10 && toy.pool->most == 30 && toy.test->most == 20));
  CHECK((toy.predicts_pool && !friedman.predicts_pool));
  CHECK((toy.models == 5 && friedman.models == 4));  // without the oracle
  CHECK((toy.loops == 8 && friedman.loops == 8));
  CHECK(toy.seeds == std::vector<std::uint64_t>{1, 2});

  // Parts of the suite, one after the other.
  for (const RunOptions& part :
       {RunOptions{.threads = 2, .quiet = true, .only = {"gp", "toy"}},
        RunOptions{.threads = 2, .shard = 2, .shards = 3, .quiet = true}, RunOptions{.threads = 2, .quiet = true}}) {
    const CellCount count = at.validate(part).count();
    const RunSummary did = at.run(part);
    CHECK(static_cast<int>(count.to_run()) == did.done);
    CHECK(static_cast<int>(count.done) == did.done_before);
  }
  CHECK(at.validate().count().to_run() == 0);
  CHECK(at.validate({.fresh = true}).count().to_run() == 34);
}

TEST_CASE("validation: what a run would score again is done, what keeps too little is not", "[harness]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["metrics"] = {"rmse"};
  Planned at(json);
  at.run({.threads = 2, .quiet = true, .keep = Keep::test});
  at.suite.metrics = read_suite(test::tiny_suite(), "test").metrics;
  const CellCount test_points = at.validate({.keep = Keep::test}).count();
  CHECK(test_points.done == 18);
  CHECK(test_points.other_scores == 18);
  // A pool was predicted on the toy alone.
  CHECK(at.validate({.keep = Keep::predictions}).count().to_run() == 10);
}

TEST_CASE("validation: seeds at which a table cannot be learned from are those that a run fails at", "[harness]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["datasets"] = {{{"dataset", "csv"}, {"label", "flat"}, {"parameters", {{"file", "flat.csv"}}}}};
  json["models"] = {"constant"};
  json["seeds"] = "1..12";
  json["protocol"] = "modern";
  std::string text = "a,y\n";
  for (int i = 0; i < 30; ++i) text += fmt::format("{},{}\n", i, i < 3 ? i : 5);  // few rows differ from the rest
  const test::TemporaryFolder data;
  test::written(data, "flat.csv", text);
  Suite suite = read_suite(json, "test");
  suite.folders = {data.path()};
  Problems problems(suite);
  const Plan plan = plan_suite(suite, problems);
  const SuiteValidation validation = validate_suite(suite, plan, problems, nullptr, {});
  const test::TemporaryFolder out;
  const Store store = Store::open_for_writing(out.path(), suite.name);
  const std::atomic<bool> stop = false;
  const RunSummary did = run_plan(suite, plan, problems, store, {.threads = 1, .quiet = true}, stop);
  REQUIRE(did.failed > 0);
  REQUIRE(did.done > 0);
  REQUIRE(static_cast<int>(validation.faults.size()) == did.failed);
  CHECK(validation.failed());
  std::map<std::uint64_t, std::string> failures;
  for (const StoreContents contents = store.all(); const Record& record : contents.records)
    if (record.failed) failures[record.seed()] = record.failure_reason;
  for (const DataFault& fault : validation.faults) {
    CHECK(fault.dataset == "flat");
    CHECK(failures.at(fault.seed) == fault.message);
  }
}

TEST_CASE("the size of a dense prediction is that of its file before compression", "[harness]") {
  constexpr Index kTrain = 20, kPool = 150, kTest = 100;
  Stream stream(4);
  Split rows;
  for (Index i = 0; i < kTrain + kPool + kTest; ++i)
    (i < kTrain ? rows.train : i < kTrain + kPool ? rows.pool : rows.test).push_back(i);
  const test::TemporaryFolder folder;
  const bool with_pool = GENERATE(true, false);
  const Index n = with_pool ? kPool + kTest : kTest;
  const Matrix root = stream.normals(n * n).reshaped(n, n);
  const StoredPrediction stored{
      {stream.normals(n), Covariance::dense(root * root.transpose()), stream.normals(n).cwiseAbs()},
      stream.normals(n),
      with_pool ? kPool : 0,
      rows};
  for (const Keep keep : {Keep::test, Keep::predictions, Keep::all}) {
    save_prediction(stored, keep, folder / "p.npz");
    const auto bytes = static_cast<double>(std::filesystem::file_size(folder / "p.npz"));
    const double expected = stored_bytes_if_dense(kTrain, kPool, kTest, with_pool, keep);
    INFO(to_string(keep) << ": " << bytes << " of " << expected);
    CHECK(bytes < 1.05 * expected);  // names and headers
    CHECK(bytes > 0.85 * expected);  // random digits hardly shrink
  }
  CHECK(stored_bytes_if_dense(kTrain, kPool, kTest, with_pool, Keep::scores) == 0);
}

TEST_CASE("an estimate is of all cells like the pilot's, shared among the threads", "[harness]") {
  SuiteValidation validation;
  validation.threads = 4;
  const auto entry = [](const char* model, CellCount count, double seconds, const char* failure = "") {
    ValidatedEntry e;
    e.entry.dataset = "d";
    e.entry.model = model;
    e.count = count;
    e.pilot =
        PilotCell{.seed = 1, .seconds = seconds, .peak_bytes = 100 * seconds, .disk_bytes = 7, .failure = failure};
    return e;
  };
  validation.entries = {entry("a", {.cells = 10, .done = 2}, 3), entry("b", {.cells = 5}, 2),
                        entry("c", {.cells = 6}, 9, "diverged")};
  ValidatedDataset data;
  data.label = "d";
  data.seeds = {1, 2, 3};
  data.prepare_seconds = 2;
  validation.datasets = {data};
  CHECK_FALSE(validation.estimate());  // no pilot, or none to its end
  validation.pilot = SuiteValidation::PilotState::interrupted;
  CHECK_FALSE(validation.estimate());
  validation.pilot = SuiteValidation::PilotState::finished;
  RunEstimate all = *validation.estimate();
  CHECK(all.cells == 13);
  CHECK(all.left_out == 6);
  CHECK(all.work_seconds == 8 * 3 + 5 * 2 + 3 * 2);
  CHECK(all.clock_seconds == 10);
  CHECK(all.peak_bytes == 300);
  CHECK(all.disk_bytes == 7 * 13);
  CHECK(validation.failed());
  validation.datasets[0].prepared_once = true;  // a file
  CHECK(validation.estimate()->work_seconds == 8 * 3 + 5 * 2 + 2);
  // The longest cell is not shared.
  validation.entries = {entry("a", {.cells = 1}, 30), entry("b", {.cells = 2}, 1)};
  CHECK(validation.estimate()->clock_seconds == 30);
  CHECK_FALSE(validation.failed());
}

}  // namespace
}  // namespace predcorr
