// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.hpp"
#include "results/store/run_gaps.hpp"
#include "results/store/run_index.hpp"
#include "tests/results/hand_made_run.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::HandMadeRun;
using Labels = std::vector<std::string>;
using Seeds = std::vector<std::uint64_t>;

const std::vector<Score> kGood = {{"rmse", "", 1.0, ""}}, kBetter = {{"rmse", "", 0.5, ""}};

/// By seed, what the records of a model have for its error.
std::map<std::uint64_t, double> errors_of(const RunIndex& records, const std::string& model) {
  std::map<std::uint64_t, double> all;
  for (const auto& [seed, filed] : records.regression.at({"boston", model}))
    all[seed] = filed->scores().at(0).value.value();
  return all;
}

TEST_CASE("run index: labels keep the order of the suites, and what they are", "[results]") {
  const HandMadeRun first({"b", "a"}, {}, [](Run& run) {
    run.unranked = {"b"};
    run.controls = {{"shuffled", "a"}, {"independent", ""}};
    run.families = {{"grid", {"a", "b"}}};
  });
  const HandMadeRun second({"c", "a"});
  const std::vector<Store> stores = {first.store(), second.store()};
  const RunIndex records = index_runs(stores);
  CHECK(records.datasets == Labels{"boston"});
  CHECK(records.models == Labels{"b", "a", "c"});
  CHECK(records.unranked == Labels{"b"});
  CHECK(records.controls == std::map<std::string, std::string>{{"shuffled", "a"}, {"independent", ""}});
  CHECK(records.families == std::map<std::string, std::string>{{"a", "grid"}, {"b", "grid"}});
  CHECK(records.plan.size() == 3);
  CHECK(records.gaps.missing.empty());  // no seeds are planned
}

TEST_CASE("run index: every planned cell is done, failed or missing", "[results]") {
  const HandMadeRun run({"a", "b"}, {1, 2, 3, 4});
  run.add("a", 3, kGood);
  run.add("a", 1, kBetter);
  run.add_failure("a", 2);
  run.add("unplanned", 1, kGood);
  const std::vector<Store> stores = {run.store()};
  const RunIndex records = index_runs(stores);
  CHECK(errors_of(records, "a") == std::map<std::uint64_t, double>{{1, 0.5}, {3, 1.0}});
  CHECK(errors_of(records, "b").empty());
  CHECK(records.regression.size() == 2);
  REQUIRE(records.gaps.failures.size() == 1);
  CHECK(records.gaps.failures[0].entry.model == "a");
  CHECK(records.gaps.failures[0].message == "it diverged");
  REQUIRE(records.gaps.missing.size() == 2);
  CHECK(records.gaps.missing[0].seeds == Seeds{4});
  CHECK(records.gaps.missing[1].entry.model == "b");
  CHECK(records.gaps.missing[1].seeds == Seeds{1, 2, 3, 4});
  const RunIndex::Count count = records.count(records.plan.at(0).entry);
  CHECK(count.planned == 4);
  CHECK(count.done == 2);
  CHECK(count.failed == 1);
}

TEST_CASE("run index: folders make up for each other", "[results]") {
  const HandMadeRun first({"a"}, {1, 2}), second({"a"}, {2, 3});
  first.add("a", 1, kGood);
  first.add_failure("a", 2);
  second.add("a", 2, kBetter);
  std::vector<Store> stores = {first.store(), second.store()};
  for (int turn = 0; turn < 2; ++turn) {  // whichever is named first
    const RunIndex records = index_runs(stores);
    CHECK(errors_of(records, "a") == std::map<std::uint64_t, double>{{1, 1.0}, {2, 0.5}});
    CHECK(records.gaps.failures.empty());
    REQUIRE(records.gaps.missing.size() == 1);
    CHECK(records.gaps.missing[0].seeds == Seeds{3});
    std::swap(stores[0], stores[1]);
  }
  // Of two successes that of the first folder counts.
  second.add("a", 1, kBetter);
  CHECK(errors_of(index_runs(stores), "a").at(1) == 1.0);
}

TEST_CASE("run index: a cell that two folders have is told, a failure beside a success is not", "[results]") {
  const HandMadeRun first({"a", "b"}, {1, 2}), second({"a", "b"}, {1, 2});
  for (const std::uint64_t seed : {1, 2}) first.add("a", seed, kGood);
  second.add("a", 2, kGood);
  second.add_failure("a", 1);
  first.add("b", 1, kGood);
  second.add("b", 2, kGood);
  const std::vector<Store> alone = {first.store()}, both = {first.store(), second.store()};
  CHECK(index_runs(alone).gaps.doubles.empty());
  const RunGaps gaps = index_runs(both).gaps;
  CHECK(gaps.missing.empty());
  REQUIRE(gaps.doubles.size() == 1);
  CHECK(gaps.doubles[0].entry.model == "a");
  CHECK(gaps.doubles[0].seeds == Seeds{2});
  CHECK(incompleteness(gaps) == "1 cell is in more than one folder");
  CHECK(gap_lines(gaps) == Labels{"DOUBLE boston seed 2: a"});
  OrderedJson json;
  add_to_json(gaps, json);
  CHECK(json.at("doubles") == OrderedJson({{{"dataset", "boston"}, {"model", "a"}, {"seeds", "2"}, {"n", 1}}}));
  CHECK(regression_gaps(index_runs(both), [](const PlanEntry&, std::uint64_t seed) {
          return seed == 1;
        }).doubles.empty());
}

TEST_CASE("run index: a damaged cell is missing, named, and made up for by another folder", "[results]") {
  const HandMadeRun run({"a"}, {1, 2}), whole({"a"}, {1, 2});
  for (const std::uint64_t seed : {1, 2}) {
    run.add("a", seed, kGood);
    whole.add("a", seed, kGood);
  }
  write_text_atomically(run.record_file("a", 2), "{");
  const std::vector<Store> alone = {run.store()}, both = {run.store(), whole.store()};
  const RunIndex damaged = index_runs(alone);
  CHECK(errors_of(damaged, "a").size() == 1);
  REQUIRE(damaged.gaps.missing.size() == 1);
  CHECK(damaged.gaps.missing[0].seeds == Seeds{2});
  REQUIRE(damaged.gaps.damaged.size() == 1);
  CHECK(damaged.gaps.damaged[0].file.id == cell_id(HandMadeRun::identity("a", 2)));
  CHECK(damaged.gaps.damaged[0].seed == 2);
  REQUIRE(damaged.gaps.damaged[0].entry);
  CHECK(damaged.gaps.damaged[0].entry->model == "a");

  const RunIndex healed = index_runs(both);
  CHECK(healed.gaps.damaged.empty());
  CHECK(healed.gaps.missing.empty());
  CHECK(errors_of(healed, "a").size() == 2);
}

TEST_CASE("run index: one label for two configurations is refused, with the folder", "[results]") {
  const HandMadeRun first({"a"});
  const HandMadeRun second({"a"}, {}, [](Run& run) { run.plan = {{{"another", "boston", "a", "", ""}, {}}}; });
  CHECK(test::error_of([&] { index_runs({first.store(), second.store()}); }) ==
        "config: " + second.folder().string() +
            ": model 'a' on data set 'boston' has other parameters or data than in a folder before it; give one of "
            "them another label");
}

}  // namespace
}  // namespace predcorr
