// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/verification.hpp"

#include <atomic>

#include "harness/runner.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

/// The board of a suite of a second.
const Json& small_board() {
  static const Json board = [] {
    const Json json = {{"name", "small"},
                       {"protocol", "modern"},
                       {"datasets", {{{"dataset", "friedman-1"}, {"label", "f"}, {"parameters", {{"rows", 40}}}}}},
                       {"models", {"constant", {{"model", "gp"}, {"parameters", {{"steps", 5}}}}}},
                       {"metrics", {"rmse", "joint_log_likelihood", "xll"}},
                       {"seeds", 2}};
    const Suite suite = read_suite(json, "test");
    const test::TemporaryFolder folder;
    const Store store = Store::open_for_writing(folder.path(), suite.name);
    const std::atomic<bool> stop = false;
    run_suite(suite, store, {.threads = 1, .quiet = true}, stop);
    return Json(to_json(make_leaderboard({store})));
  }();
  return board;
}

Verification verified(const Json& board, const std::vector<std::string>& rows = {}) {
  return verify_board(board, "board.json", {.rows = rows, .threads = 1, .quiet = true}, {});
}

TEST_CASE("verification: what was run here comes out again, bit for bit", "[harness]") {
  const Verification all = verified(small_board());
  CHECK(all.same_build);
  CHECK(all.moved.empty());
  CHECK(all.not_remade.empty());
  CHECK(all.close == 0);
  CHECK(all.exact >= 2 * 2 * 2);
  CHECK(all.of_others == 0);
  CHECK(all.holds());
  const Verification gp = verified(small_board(), {"gp"});
  CHECK(gp.exact == 2 * 2);  // RMSE and joint log-likelihood at two seeds
  CHECK(gp.of_others > 0);   // XLL
  CHECK(gp.holds());
}

TEST_CASE("verification: a value that was changed is found, however little", "[harness]") {
  Json board = small_board();
  Json& value = board["datasets"]["f"]["values"]["models"]["gp"]["rmse"][1];
  const double right = value.get<double>();
  value = std::nextafter(right, 2 * right);
  const Verification found = verified(board, {"gp"});
  REQUIRE(found.moved.size() == 1);
  CHECK(found.moved[0].model == "gp");
  CHECK(found.moved[0].seed == 2);
  CHECK(found.moved[0].remade == right);
  CHECK_FALSE(found.holds());
}

TEST_CASE("verification: another build is held to a tolerance", "[harness]") {
  Json board = small_board();
  board["provenance"][0]["made_by"]["compiler"] = "another";
  Json& value = board["datasets"]["f"]["values"]["models"]["gp"]["rmse"][0];
  value = value.get<double>() * (1 + 0.5 * kOtherBuild);
  const Verification close = verified(board, {"gp"});
  CHECK_FALSE(close.same_build);
  CHECK(close.close == 1);
  CHECK(close.holds());
  value = value.get<double>() * (1 + 5 * kOtherBuild);
  CHECK_FALSE(verified(board, {"gp"}).holds());
}

TEST_CASE("verification: boards of earlier versions and unknown labels are refused", "[harness]") {
  Json board = small_board();
  CHECK_THAT(test::error_of([&] { verified(board, {"gpp"}); }), test::contains("gpp"));
  board["schema"] = "predcorr/leaderboard/2";
  CHECK_THAT(test::error_of([&] { verified(board); }), test::contains("board.json: has no values by seed"));
  CHECK_THAT(test::error_of([&] { verified(Json::object()); }), test::contains("board.json: is no leaderboard"));
}

}  // namespace
}  // namespace predcorr
