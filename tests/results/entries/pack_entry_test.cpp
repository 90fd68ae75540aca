// SPDX-License-Identifier: Apache-2.0
// What becomes of a packed entry is tested with harness/validation/acceptance.
#include "results/entries/pack_entry.hpp"

#include <atomic>

#include "harness/runner.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::error_of;

Store small_run(const fs::path& folder) {
  const Json json = {{"name", "small"},
                     {"protocol", "modern"},
                     {"datasets", {{{"dataset", "friedman-1"}, {"label", "f"}, {"parameters", {{"rows", 40}}}}}},
                     {"models", {"constant", {{"model", "gp"}, {"label", "mine"}, {"parameters", {{"steps", 2}}}}}},
                     {"controls", {"mine"}},
                     {"metrics", {"rmse"}},
                     {"seeds", 2}};
  const Suite suite = read_suite(json, "test");
  Store store = Store::open_for_writing(folder, suite.name);
  const std::atomic<bool> stop = false;
  run_suite(suite, store, {.threads = 2, .quiet = true}, stop);
  return store;
}

TEST_CASE("pack: one model's cells, and of run.json its part", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = small_run(folder.path() / "run");
  PackRequest request{{"Jane Doe", "a model", "closed", "MIT"}, "mine", Keep::predictions, folder.path() / "packed"};
  const Entry entry = pack_entry(store, request);
  CHECK(entry.cells.size() == 2);
  const Run run = Store::open_for_reading(request.out).run();
  CHECK(run.models == std::vector<std::string>{"mine"});
  CHECK(run.plan.size() == 1);
  CHECK(run.controls.empty());
  CHECK(run.suite.at("models").size() == 1);
  CHECK(run.suite_folder.empty());
  CHECK(Json(to_ordered_json(read_entry(request.out))) == Json(to_ordered_json(entry)));

  CHECK_THAT(error_of([&] { pack_entry(store, request); }), contains("is there already"));
  request.out = folder.path() / "other";
  request.model = "min";
  CHECK_THAT(error_of([&] { pack_entry(store, request); }), contains("the run has no 'min'") && contains("mine"));
  request.model = "mine (permuted)";
  CHECK_THAT(error_of([&] { pack_entry(store, request); }), contains("is a control"));
  request.model = "mine";
  request.about.licence = " ";
  CHECK_THAT(error_of([&] { pack_entry(store, request); }), contains("--licence"));
  CHECK_FALSE(fs::exists(request.out));
}

TEST_CASE("pack: cells without a result are named", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = small_run(folder.path() / "run");
  CHECK(missing_of_entry(store, "mine").missing.empty());
  for (const auto& [entry, cells] : store.run().plan)
    if (entry.model == "mine") store.forget({cells.at(2)});
  const RunGaps gaps = missing_of_entry(store, "mine");
  REQUIRE(gaps.missing.size() == 1);
  CHECK(gaps.missing[0].seeds == std::vector<std::uint64_t>{2});
  CHECK(missing_of_entry(store, "constant").missing.empty());
}

}  // namespace
}  // namespace predcorr
