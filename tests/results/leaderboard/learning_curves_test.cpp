// SPDX-License-Identifier: Apache-2.0
// Learning curves of a leaderboard, those that ended early among them.
#include "results/leaderboard/learning_curves.hpp"

#include "results/leaderboard/leaderboard.hpp"
#include "results/report/report.hpp"
#include "results/store/run_index.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

using test::close;

Json identity(std::uint64_t seed) {
  const Json no = Json::object();
  return {{"task", "active_learning"},
          {"version", "0.1.0"},
          {"seed", seed},
          {"dataset", {{"name", "boston"}, {"parameters", no}, {"sha256", "x"}}},
          {"protocol", {{"name", "paper"}, {"train", 0.2}, {"test", 0.2}}},
          {"learning",
           {{"criterion", {{"name", "random"}, {"parameters", no}}},
            {"rounds", 3},
            {"batch", 2},
            {"predictors", {{"gp", {{"name", "gp"}, {"parameters", no}}}}}}}};
}

/// A run folder of one way to learn: 10, 12, 14 and 16 training rows are planned.
class CurveRun {
 public:
  CurveRun() : store_(Store::open_for_writing(folder_.path(), "curves")) {
    store_.write_run(
        test::run_of("curves", {"gp"}, {{{configuration_id(identity(0)), "boston", "gp", "random", ""}, {}}}));
  }

  /// One seed with these values round for round; what is missing to four rounds was left out by a rule.
  void add(std::uint64_t seed, const std::vector<double>& rmse) {
    Record r;
    r.identity = identity(seed);
    for (std::size_t k = 0; k < rmse.size(); ++k)
      r.rounds.push_back({n_train(k), {}, {{"gp", {{"rmse", "", rmse[k], ""}}}}});
    EarlyStopped end{"patience", {}};
    for (std::size_t k = rmse.size(); k < 4; ++k) end.n_train.push_back(n_train(k));
    if (rmse.size() < 4) r.rounds.back().stopped = end;
    store_.save(r, nullptr);
  }
  void add_failure(std::uint64_t seed) {
    Record r;
    r.identity = identity(seed);
    r.failed = true;
    r.failure_kind = "numerical";
    r.failure_reason = "diverged";
    store_.save(r, nullptr);
  }
  void plan(const std::vector<std::uint64_t>& seeds) {
    Run run = store_.run();
    for (const std::uint64_t seed : seeds) run.plan[0].cells[seed] = cell_id(identity(seed));
    store_.write_run(run);
  }
  Leaderboard board() const { return make_leaderboard({store_}); }

 private:
  static Index n_train(std::size_t round) { return 10 + 2 * static_cast<Index>(round); }
  test::TemporaryFolder folder_;
  Store store_;
};

TEST_CASE("a curve that ended early keeps its last value in the mean over the planned rows", "[results][schema]") {
  CurveRun run;
  run.add(1, {8, 4, 2, 1});
  run.add(2, {6, 5});
  const Leaderboard results = run.board();
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  const Json curve = Json(board).at("active_learning").at("boston").at(0);
  CHECK(curve.at("n_train") == Json({10, 12, 14, 16}));
  // Each round over the seeds that came so far, with their number.
  const Json& rmse = curve.at("rounds").at("rmse");
  REQUIRE(rmse.size() == 4);
  CHECK(rmse.at(0) == Json(to_ordered_json(summarise({8, 6}))));
  CHECK(rmse.at(1) == Json(to_ordered_json(summarise({4, 5}))));
  CHECK(rmse.at(2) == Json(to_ordered_json(summarise({2}))));
  CHECK(rmse.at(3) == Json(to_ordered_json(summarise({1}))));
  // (6 + 3 + 1.5) / 3 and (5.5 + 5 + 5) / 3.
  const Json& mean = curve.at("mean_over_curve").at("rmse");
  CHECK(mean.at("n") == 2);
  CHECK(mean.at("mean").get<double>() == close((3.5 + 15.5 / 3) / 2, 1e-14));
  const Json& stopped = curve.at("stopped");
  CHECK(stopped.at("seeds") == 1);
  CHECK(stopped.at("n_train") == Json(to_ordered_json(summarise({16, 12}))));
  CHECK(stopped.at("last").at("rmse") == Json(to_ordered_json(summarise({1, 5}))));
  // The table shows every seed's last value, not that of the one seed that went on.
  CHECK_THAT(terminal_report(results), test::contains("10-16 (to 14)") && test::contains("3.000 ± 2.000"));
}

TEST_CASE("curves say of how many seeds they are, and what failed has a row", "[results][schema]") {
  CurveRun run;
  run.plan({1, 2, 3, 4});
  run.add_failure(3);
  const Leaderboard failed = run.board();
  CHECK(test::schema_errors(Json(to_json(failed)), "leaderboard") == "");
  CHECK_THAT(terminal_report(failed), test::contains("boston: active learning") && test::contains("0, 1 failed") &&
                                          test::contains("FAILED boston gp random seed 3: diverged") &&
                                          test::contains("MISSING boston seeds 1..2, 4: random with gp"));
  run.add(1, {8, 4, 2, 1});
  run.add(2, {6, 5});
  const Leaderboard results = run.board();
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK(board.at("active_learning").at("boston").at(0).at("seeds") == 2);
  CHECK(board.at("active_learning").at("boston").at(0).at("planned") == 4);
  CHECK_THAT(terminal_report(results), test::contains("2 of 4") && !test::contains("0, 1 failed"));
}

TEST_CASE("where all seeds ended early the plan's rows are shown all the same", "[results][schema]") {
  CurveRun run;
  run.add(1, {8});
  run.add(2, {6, 4});
  const Leaderboard results = run.board();
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  const Json curve = Json(board).at("active_learning").at("boston").at(0);
  CHECK(curve.at("n_train") == Json({10, 12, 14, 16}));
  const Json& rmse = curve.at("rounds").at("rmse");
  CHECK(rmse.size() == 4);
  CHECK(rmse.at(1).at("n") == 1);
  CHECK(rmse.at(2).is_null());
  CHECK(rmse.at(3).is_null());
  CHECK(curve.at("mean_over_curve").at("rmse").at("mean").get<double>() == close((8 + 13.0 / 3) / 2, 1e-14));
  CHECK(curve.at("stopped").at("seeds") == 2);
}

TEST_CASE("curves that went to their end say nothing of stopping", "[results][schema]") {
  CurveRun run;
  run.add(1, {8, 4, 2, 1});
  run.add(2, {6, 5, 4, 3});
  const Leaderboard results = run.board();
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  const Json curve = Json(board).at("active_learning").at("boston").at(0);
  CHECK_FALSE(curve.contains("stopped"));
  CHECK(curve.at("mean_over_curve").at("rmse").at("mean").get<double>() == close((3.5 + 4.5) / 2, 1e-14));
  CHECK_THAT(terminal_report(results), test::contains("10-16\n") && !test::contains("(to"));
}

TEST_CASE("a score that some round lacks has no mean over the curve, and the others keep theirs", "[results]") {
  const auto round = [](Index n_train, std::optional<double> joint, double rmse) {
    return LearningRound{
        n_train, {}, {{"gp", {{"joint", "", joint, joint ? "" : "singular"}, {"rmse", "", rmse, ""}}}}};
  };
  for (const std::size_t lacking : {0, 1, 2}) {
    CAPTURE(lacking);
    std::vector<LearningRound> rounds = {round(10, 1, 8), round(12, 2, 4), round(16, 3, 2)};
    rounds[lacking] = round(rounds[lacking].n_train, std::nullopt, rounds[lacking].scores.at("gp").at(1).value.value());
    const std::map<ScoreKey, CurveScore> found = curve_scores(rounds, "gp");
    CHECK(found.count({"joint"}) == 0);
    REQUIRE(found.count({"rmse"}) == 1);
    CHECK(found.at({"rmse"}).last == 2);
    CHECK(found.at({"rmse"}).mean == (2 * 6. + 4 * 3.) / 6);
  }
}

}  // namespace
}  // namespace predcorr
