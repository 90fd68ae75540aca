// SPDX-License-Identifier: Apache-2.0
// What the runner's threads share, small enough for the thread sanitizer: problems, the store, progress.
#include <atomic>

#include "harness/runner.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

std::string board_of(int threads) {
  const Json json = {{"name", "small"},
                     {"protocol", "modern"},
                     {"datasets",
                      {{{"dataset", "friedman-1"}, {"parameters", {{"rows", 40}}}},
                       {{"dataset", "friedman-2"}, {"parameters", {{"rows", 40}}}}}},
                     {"models", {"constant", {{"model", "gp"}, {"parameters", {{"steps", 5}}}}}},
                     {"metrics", {"rmse", "crps", "xll"}},
                     {"seeds", 4}};
  const Suite suite = read_suite(json, "test");
  const test::TemporaryFolder folder;
  Store store = Store::open_for_writing(folder.path(), suite.name);
  const std::atomic<bool> stop = false;
  const RunSummary summary = run_suite(suite, store, {.threads = threads, .quiet = true}, stop);
  CHECK(summary.failed == 0);
  CHECK(summary.done == 2 * 2 * 4);
  return test::comparable(to_json(make_leaderboard({store})));
}

TEST_CASE("cells on several threads at once give what one thread gives", "[harness]") {
  CHECK(board_of(4) == board_of(1));
}

}  // namespace
}  // namespace predcorr
