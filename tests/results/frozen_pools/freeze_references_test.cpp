// SPDX-License-Identifier: Apache-2.0
#include "results/frozen_pools/freeze_references.hpp"

#include <set>

#include "core/base/files.hpp"
#include "results/frozen_pools/reference_pool.hpp"
#include "tests/results/frozen_runs.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::frozen_run;
using test::FrozenRun;

FreezeRequest request(const test::TemporaryFolder& folder, const std::vector<std::string>& models) {
  return {.name = "toy", .version = 1, .models = models, .out = folder / "references"};
}

TEST_CASE("freezing writes a pool that fits its schema, and equal runs give equal bytes", "[results][schema]") {
  const test::TemporaryFolder one, two;
  const auto run = frozen_run({"gp", "ensemble", "other"}), again = frozen_run({"ensemble", "gp"});
  const fs::path a = freeze_references({run->store()}, request(one, {"gp,ensemble"}));
  const fs::path b = freeze_references({again->store()}, request(two, {"gp", "ensemble"}));
  CHECK(a == one / "references/toy-v1");
  const Json pool = read_json_file(a / "pool.json");
  CHECK(test::schema_errors(pool, "references") == "");
  CHECK(pool.at("models") == Json({"gp", "ensemble"}));
  CHECK(pool.at("datasets").at("toy").at("seeds").size() == 2);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(a)) {
    names.insert(entry.path().filename().string());
    CHECK(read_text_file(entry.path()) == read_text_file(b / entry.path().filename()));
  }
  CHECK(names.size() == 5);        // two models at two seeds, and pool.json
  CHECK(test::entries(one) == 7);  // nothing hidden is left beside it
}

TEST_CASE("a pool takes models, data sets and seeds as asked for, from several runs", "[results]") {
  const test::TemporaryFolder folder;
  const auto first = frozen_run({"gp", "a, b"}), second = frozen_run({"ensemble"}), third = frozen_run({"gp"}, "other");
  const std::vector<Store> stores = {first->store(), second->store(), third->store()};
  FreezeRequest r = request(folder, {"ensemble", "a, b", "gp , ensemble"});
  r.datasets = {"toy"};
  r.seeds = {2};
  const Json pool = read_json_file(freeze_references(stores, r) / "pool.json");
  CHECK(pool.at("models") == Json({"ensemble", "a, b", "gp"}));
  CHECK(pool.at("datasets").size() == 1);
  REQUIRE(pool.at("datasets").at("toy").at("seeds").size() == 1);
  CHECK(pool.at("datasets").at("toy").at("seeds").at(0).at("seed") == 2);
  r = request(folder, {"gp"});
  r.version = 2;
  CHECK(read_json_file(freeze_references(stores, r) / "pool.json").at("datasets").size() == 2);
}

TEST_CASE("what would be no pool is refused, and leaves nothing behind", "[results]") {
  const test::TemporaryFolder folder;
  const auto refusal = [&](const Store& store, const FreezeRequest& r) {
    const std::string text = test::error_of([&] { freeze_references({store}, r); });
    CHECK(test::entries(folder) <= 1);  // the folder of pools, empty
    return text;
  };
  const auto run = frozen_run({"gp", "ensemble"});
  const auto asked = [&](const std::string& model) { return request(folder, {model}); };
  CHECK(test::missing(refusal(run->store(), asked("ensembel")), {"config: --models", "did you mean 'ensemble'"}) == "");
  CHECK(test::missing(refusal(run->store(), asked("")), {"config: --models"}) == "");
  FreezeRequest r = asked("gp");
  r.datasets = {"toi"};
  CHECK(test::missing(refusal(run->store(), r), {"config: --datasets", "did you mean 'toy'"}) == "");
  for (const char* name : {"", "../toy", ".toy", "a/b", "-x", "a b"}) {
    r = asked("gp");
    r.name = name;
    CHECK(test::missing(refusal(run->store(), r), {"config: --name", "'" + std::string(name) + "'"}) == "");
  }
  r = asked("gp");
  r.version = 0;
  CHECK(test::missing(refusal(run->store(), r), {"config: --version", "got 0"}) == "");
  r = asked("gp");
  r.seeds = {1, 3};
  CHECK(test::missing(refusal(run->store(), r), {"data: toy seed 3", "'gp' has no prediction"}) == "");

  const FrozenRun failed({"gp", "ensemble"});
  failed.add("gp", 1);
  failed.add_failure("ensemble", 1);
  CHECK(test::missing(refusal(failed.store(), asked("gp,ensemble")), {"toy seed 1", "'ensemble' failed (diverged)"}) ==
        "");
  const FrozenRun uneven({"gp", "ensemble"});
  uneven.add("gp", 1);
  uneven.add("gp", 2);
  uneven.add("ensemble", 1);
  CHECK(test::missing(refusal(uneven.store(), asked("gp,ensemble")), {"toy seed 2", "'ensemble' has no prediction"}) ==
        "");
  const FrozenRun never({"gp"});
  CHECK(test::missing(refusal(never.store(), asked("gp")), {"data: ", "gp was run"}) == "");
  const FrozenRun controlled({"gp", "gp (shrunk)"}, "toy", {{"gp (shrunk)", "gp"}});
  controlled.add("gp (shrunk)", 1);
  CHECK(test::missing(refusal(controlled.store(), asked("gp (shrunk)")), {"config: ", "'gp (shrunk)' is a control"}) ==
        "");
  const FrozenRun mixed({"gp", "ensemble"});
  mixed.add("gp", 1);
  mixed.add("ensemble", 1, FrozenRun::targets(2), consecutive_rows(4, test::kFrozenTest));
  CHECK(test::missing(refusal(mixed.store(), asked("gp,ensemble")),
                      {"toy seed 1", "test targets", "'ensemble'", "'gp'"}) == "");
}

TEST_CASE("a version that exists is never changed", "[results]") {
  const test::TemporaryFolder folder;
  const auto run = frozen_run({"gp", "ensemble"});
  const fs::path pool = freeze_references({run->store()}, request(folder, {"gp"}));
  const std::string before = read_text_file(pool / "pool.json");
  CHECK(test::missing(test::error_of([&] { freeze_references({run->store()}, request(folder, {"ensemble"})); }),
                      {"config: ", "toy-v1", "--version 2"}) == "");
  CHECK(read_text_file(pool / "pool.json") == before);
}

}  // namespace
}  // namespace predcorr
