// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/pilot.hpp"

#include "harness/validation/validation.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;

/// A pilot of a suite, with a folder of its own for temporary files.
struct Piloted {
  test::TemporaryFolder temporary;
  Suite suite;
  Problems problems;
  SuiteValidation validation;
  explicit Piloted(const Json& json = test::tiny_suite(), bool interrupted = false)
      : suite(read_suite(json, "test")), problems(suite) {
    const test::Environment there("TMPDIR", temporary.path().c_str());
    const Plan plan = plan_suite(suite, problems);
    validation = validate_suite(suite, plan, problems, nullptr, {.threads = 2});
    const std::atomic<bool> stop = interrupted;
    run_pilot(validation, suite, true, stop);
  }
};

TEST_CASE("a pilot measures one cell of each line of the plan, and leaves nothing behind", "[harness]") {
  const Piloted at;
  CHECK(at.validation.pilot == SuiteValidation::PilotState::finished);
  CHECK_FALSE(at.validation.failed());
  CHECK(test::entries(at.temporary) == 0);
  REQUIRE(at.validation.entries.size() == 17);
  for (const ValidatedEntry& entry : at.validation.entries) {
    INFO(entry.first->describe());
    REQUIRE(entry.pilot);
    CHECK(entry.pilot->seed == 1);
    CHECK(entry.pilot->seconds >= entry.pilot->fit_seconds + entry.pilot->predict_seconds);
    CHECK(entry.pilot->disk_bytes > 0);
    CHECK(entry.pilot->peak_bytes > 1e6);
  }
  const RunEstimate all = *at.validation.estimate();
  CHECK(all.cells == 34);
  CHECK(all.left_out == 0);
  CHECK(all.clock_seconds <= all.work_seconds);

  // The files are those that a run leaves, of which there is one for each seed.
  const test::TemporaryFolder out;
  const Store store = Store::open_for_writing(out.path(), at.suite.name);
  const std::atomic<bool> stop = false;
  run_suite(at.suite, store, {.threads = 2, .quiet = true}, stop);
  double bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(store.cells()))
    bytes += static_cast<double>(file.file_size());
  CHECK(all.disk_bytes == Approx(bytes).epsilon(0.05));
}

TEST_CASE("a pilot cell that fails says why, and is not counted on", "[harness]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["models"] = {"constant", {{"model", "bbb"}, {"parameters", {{"learning_rate", 1e8}, {"epochs", 50}}}}};
  const Piloted at(json);
  CHECK(at.validation.failed());
  CHECK(at.validation.estimate()->cells == 4);
  CHECK(at.validation.estimate()->left_out == 4);
  int failed = 0;
  for (const ValidatedEntry& entry : at.validation.entries)
    if (entry.entry.model == "bbb") {
      ++failed;
      CHECK_THAT(entry.pilot->failure, contains("training diverged"));
    }
  CHECK(failed == 2);
  CHECK(test::entries(at.temporary) == 0);
}

TEST_CASE("a pilot that is interrupted begins no further cell", "[harness]") {
  const Piloted at(test::tiny_suite(), true);
  CHECK(at.validation.pilot == SuiteValidation::PilotState::interrupted);
  CHECK_FALSE(at.validation.failed());
  for (const ValidatedEntry& entry : at.validation.entries) CHECK_FALSE(entry.pilot);
  CHECK(test::entries(at.temporary) == 0);
}

TEST_CASE("without a folder for temporary files there is no pilot", "[harness]") {
  const Suite suite = read_suite(test::tiny_suite(), "test");
  const test::Environment nowhere("TMPDIR", "/nowhere/at/all");
  CHECK_THROWS_WITH(Pilot(suite, Keep::all), contains("there is no folder for temporary files"));
}

}  // namespace
}  // namespace predcorr
