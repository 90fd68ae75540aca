// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "harness/runner.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

TEST_CASE("a model that looks at the pool wins nothing, be it on one data set of several", "[harness]") {
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["seeds"] = "1";
  json["metrics"] = {"rmse"};
  const Json cheap = {{"epochs", 5}, {"samples", 20}, {"units", 5}};
  Json pool = cheap;
  pool["choose_epoch"] = "pool";
  const Json only_second = {{"friedman-3", {{"choose_epoch", "pool"}}}};
  json["models"] = {"constant",
                    {{"model", "bbb"}, {"label", "last"}, {"parameters", cheap}},
                    {{"model", "bbb"}, {"label", "pool"}, {"parameters", pool}},
                    {{"model", "bbb"}, {"label", "partly"}, {"parameters", cheap}, {"per_dataset", only_second}}};
  const test::TemporaryFolder folder;
  const Suite suite = read_suite(json, "test");
  Store store = Store::open_for_writing(folder.path(), suite.name);
  const std::atomic<bool> stop = false;
  CHECK(run_suite(suite, store, {.threads = 1, .quiet = true}, stop).failed == 0);
  const Json board = to_json(make_leaderboard({store}));
  CHECK(board.at("unranked") == Json{"pool", "partly"});
  const Json& overall = board.at("overall").at("rmse");
  const Json& ranks = overall.at("models");
  CHECK(ranks.contains("last"));
  CHECK_FALSE(ranks.contains("pool"));
  CHECK_FALSE(ranks.contains("partly"));
  CHECK(board.at("datasets").at("toy").at("models").contains("pool"));
}

}  // namespace
}  // namespace predcorr
