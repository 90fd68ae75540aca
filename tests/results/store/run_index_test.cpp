// SPDX-License-Identifier: Apache-2.0
#include "results/store/run_index.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

Record regression(std::uint64_t seed) {
  Record r;
  r.identity = {{"task", "regression"}, {"seed", seed}, {"version", "0.1.0"}, {"model", {{"name", "gp"}}}};
  r.scores = {{"rmse", "", 0.1 * static_cast<double>(seed), ""},
              {"xll", "a.b", std::nullopt, "no truth"},
              {"xll", "c", 1.0 / 3, ""}};
  r.warnings = {"careful"};
  r.curves = {{"rmse", {{"x", {1, 2}}}}};
  r.log = "said something";
  r.n_train = 5;
  r.made_by = "me";
  return r;
}

Record learning(std::uint64_t seed, bool early) {
  Record r;
  r.identity = {{"task", "active_learning"}, {"seed", seed}, {"version", "0.1.0"}};
  r.rounds = {{10, {}, {{"gp", {{"rmse", "", 3.0, ""}}}, {"self", {{"rmse", "", std::nullopt, "singular"}}}}},
              {12, {7, 8}, {{"gp", {{"rmse", "", 2.0, ""}}}, {"self", {{"rmse", "", 1.5, ""}}}}, 0.25}};
  if (early) r.rounds.back().stopped = EarlyStopped{"gain", {14, 16}};
  return r;
}

bool same(const std::vector<Score>& a, const std::vector<Score>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Score& x, const Score& y) {
    return x.key() == y.key() && x.part == y.part && x.value == y.value && x.reason == y.reason;
  });
}

TEST_CASE("a stored record gives back what results use, and keeps what records share once", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  SharedParts shared;
  const StoredRecord one(regression(1), store, shared), two(regression(2), store, shared);
  CHECK(one.id == cell_id(regression(1).identity));
  CHECK(one.configuration == configuration_id(regression(2).identity));
  CHECK(two.seed == 2);
  CHECK(same(two.scores(), regression(2).scores));
  CHECK(same(one.scores(), regression(1).scores));
  CHECK(one.warnings == std::vector<std::string>{"careful"});
  CHECK(one.n_train == 5);
  CHECK(one.made_by == "me");
  CHECK(&one.identity() == &two.identity());
  CHECK_FALSE(one.identity().contains("seed"));
  CHECK(shared.scores.size() == 1);
  CHECK(shared.reasons.size() == 1);

  for (const bool early : {false, true}) {
    const Record whole = learning(3, early);
    const auto rounds = StoredRecord(learning(3, early), store, shared).rounds();
    REQUIRE(rounds.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(rounds[i].n_train == whole.rounds[i].n_train);
      for (const char* who : {"gp", "self"}) CHECK(same(rounds[i].scores.at(who), whole.rounds[i].scores.at(who)));
    }
    REQUIRE(rounds.back().stopped.has_value() == early);
    if (early) CHECK(rounds.back().stopped->n_train == std::vector<Index>{14, 16});
  }
}

TEST_CASE("a stored record has expectations to seven digits, at any scale", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  SharedParts shared;
  const auto with = [](std::uint64_t seed) {
    Record r = regression(seed);
    r.expectations = {{{"rmse"}, 1.0 / 3e100, 1e98, 7.0 / 1001, 1000},
                      {{"xll", "a.b"}, -1.0 / 3, 0.125, 1, 150},
                      {{"xll", "c"}, 0, 1e-200, 2.0 / 60001, 60000}};
    return r;
  };
  const StoredRecord one(with(1), store, shared), two(with(2), store, shared), without(regression(3), store, shared);
  CHECK(without.expectations().empty());
  CHECK(shared.expectations.size() == 1);
  const std::vector<ScoreExpectation> right = with(2).expectations, found = two.expectations();
  REQUIRE(found.size() == right.size());
  for (std::size_t i = 0; i < right.size(); ++i) {
    CHECK(found[i].key == right[i].key);
    const double size = std::max(std::abs(right[i].mean), right[i].sd);
    CHECK(std::abs(found[i].mean - right[i].mean) <= 1e-7 * size);
    CHECK(std::abs(found[i].sd - right[i].sd) <= 1e-7 * size);
    CHECK(found[i].tail == right[i].tail);
    CHECK(found[i].draws == right[i].draws);
  }
}

TEST_CASE("an index counts what is planned, done, failed, missing and damaged", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  PlannedCells gp{{configuration_id(regression(1).identity), "boston", "gp", "", ""}, {}};
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) gp.cells[seed] = cell_id(regression(seed).identity);
  PlannedCells twin = gp;  // another label for the same
  twin.entry.model = "twin";
  const PlannedCells curve{{configuration_id(learning(1, false).identity), "boston", "gp", "random", ""},
                           {{1, cell_id(learning(1, false).identity)}}};
  store.write_run(test::run_of("s", {"gp", "twin"}, {gp, twin, curve}));
  for (const std::uint64_t seed : {1, 2, 3}) store.save(regression(seed), nullptr);
  Record failed = regression(4);
  failed.failed = true;
  failed.failure_kind = "numerical";
  failed.failure_reason = "diverged";
  store.save(failed, nullptr);
  store.save(learning(1, true), nullptr);
  // Another digit, and the check sum is wrong.
  const auto file = store.cells() / (gp.cells.at(2) + ".json");
  std::string text = read_text_file(file);
  text.replace(text.find("0.2"), 3, "0.7");
  write_text_atomically(file, text);

  const std::vector<Store> stores = {store};
  const RunIndex index = index_runs(stores);
  for (const char* label : {"gp", "twin"}) {
    const BySeed& records = index.regression.at({"boston", label});
    CHECK(records.size() == 2);
    CHECK(same(records.at(3)->scores(), regression(3).scores));
    CHECK(index.find("boston", label, 2) == nullptr);
    CHECK(index.find("boston", label, 3) == records.at(3).get());
  }
  CHECK(index.find("boston", "other", 3) == nullptr);
  const RunIndex::Count& count = index.count(twin.entry);
  CHECK(count.planned == 5);
  CHECK(count.done == 2);
  CHECK(count.failed == 1);
  REQUIRE(index.gaps.missing.size() == 2);
  CHECK(index.gaps.missing[0].seeds == std::vector<std::uint64_t>{2, 5});
  REQUIRE(index.gaps.damaged.size() == 1);
  CHECK(index.gaps.damaged[0].seed == 2);
  CHECK_THAT(index.gaps.damaged[0].file.reason, test::contains("check sum"));
  REQUIRE(index.gaps.failures.size() == 2);
  CHECK(index.gaps.failures[0].message == "diverged");
  CHECK(index.gaps.failures[1].seed == 4);
  REQUIRE(index.learning.size() == 1);
  CHECK(index.learning[0].records.at(1)->rounds().size() == 2);
}

TEST_CASE("cells are handed over in order of id, on the caller's thread, with those that are not trusted",
          "[results]") {
  const test::TemporaryFolder folder;
  Store store = Store::open_for_writing(folder.path(), "s");
  std::set<std::string> ids;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    store.save(regression(seed), nullptr);
    ids.insert(cell_id(regression(seed).identity));
  }
  store.distrust({{*ids.begin(), "forged"}});
  std::vector<std::string> seen;
  std::string damage;
  store.for_each([&](const std::string& id, FiledCell&& cell) {
    seen.push_back(id);
    damage += cell.damage;
  });
  CHECK(seen == std::vector<std::string>(ids.begin(), ids.end()));
  CHECK(damage == "forged");
}

}  // namespace
}  // namespace predcorr
