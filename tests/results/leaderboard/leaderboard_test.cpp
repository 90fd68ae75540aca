// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/leaderboard.hpp"

#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "core/base/files.hpp"
#include "core/base/json_text.hpp"
#include "results/report/report.hpp"
#include "results/store/run_gaps.hpp"
#include "results/store/run_index.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

using test::close;

Json identity(const std::string& model, std::uint64_t seed) {
  return {{"task", "regression"},
          {"version", "0.1.0"},
          {"seed", seed},
          {"dataset", {{"name", "boston"}, {"parameters", Json::object()}, {"sha256", "x"}}},
          {"protocol", {{"name", "paper"}, {"train", 0.2}, {"test", 0.2}}},
          {"model", {{"name", model}, {"parameters", Json::object()}}}};
}

/// A run folder with records as a suite would leave them, predictions taken from the fixtures' test points.
class FixtureRun {
 public:
  /// @param seeds that are planned
  explicit FixtureRun(const std::vector<std::string>& models, const std::vector<std::uint64_t>& seeds = {})
      : store_(Store::open_for_writing(folder_.path(), "fixture")), fixture_(test::reference("metrics_small.json")) {
    Run run = test::run_of("fixture", models);
    for (const std::string& model : models) {
      run.plan.push_back({{configuration_id(identity(model, 0)), "boston", model, "", ""}, {}});
      for (const std::uint64_t seed : seeds) run.plan.back().cells[seed] = cell_id(identity(model, seed));
    }
    run.cross_metrics = test::xll_of(3);
    store_.write_run(run);
  }

  void add(const std::string& model, std::uint64_t seed, double rmse, std::optional<double> joint = std::nullopt,
           const std::vector<std::string>& warnings = {}) {
    Record r;
    r.identity = identity(model, seed);
    r.warnings = warnings;
    r.scores = {{"joint_log_likelihood", "", joint, "singular"},
                {"rmse", "", rmse, ""},
                {"meta_correlation", "variance_pearson", std::nullopt, "no truth"},
                {"r_statistic", "std", rmse / 2, ""}};
    const Index n_pool = fixture_.at("n_pool").get<Index>(), n_test = fixture_.at("n_test").get<Index>();
    r.n_test = n_test;
    const Rows test_rows = consecutive_rows(n_pool, n_test);
    const JointPrediction all = test::prediction(fixture_.at("models").at(model));
    const StoredPrediction p{
        all.subset(test_rows), test::vector(fixture_.at("y"))(test_rows), 0, {{0}, {1}, test_rows}};
    store_.save(r, &p);
  }

  void add_failure(const std::string& model, std::uint64_t seed, const std::string& reason = "diverged") {
    Record r;
    r.identity = identity(model, seed);
    r.failed = true;
    r.failure_kind = "numerical";
    r.failure_reason = reason;
    store_.save(r, nullptr);
  }

  const Store& store() const { return store_; }
  const Json& expected() const { return fixture_.at("expected"); }

 private:
  test::TemporaryFolder folder_;
  Store store_;
  Json fixture_;
};

TEST_CASE("a leaderboard has means, standard errors and the cross scores of the fixtures", "[results][schema]") {
  FixtureRun run({"near", "far", "other"});
  const std::vector<std::pair<std::string, double>> first = {{"near", 1.0}, {"far", 2.0}, {"other", 3.0}};
  for (const auto& [model, rmse] : first) {
    run.add(model, 1, rmse);
    run.add(model, 2, rmse + 1);
  }
  const Json board = to_json(make_leaderboard({run.store()}));
  CHECK(test::schema_errors(board, "leaderboard") == "");
  const Json& models = board.at("datasets").at("boston").at("models");
  CHECK(models.at("far").at("rmse") == Json({{"mean", 2.5},
                                             {"median", 2.5},
                                             {"stderr", 0.5},
                                             // Student's t of 1 degree of freedom: 12.706
                                             {"interval", {-3.853102368087347, 8.853102368087347}},
                                             {"n", 2}}));
  for (const auto& [model, unused] : first) {
    const Json& expected = run.expected().at(model);
    INFO(model);
    CHECK(models.at(model).at("xll_mean").at("mean").get<double>() == close(expected.at("xll_mean")));
    CHECK(models.at(model).at("xllr").at("mean").get<double>() == close(expected.at("xllr")));
    for (const auto& [reference, value] : expected.at("xll").items())
      CHECK(models.at(model).at("xll").at(reference).at("mean").get<double>() == close(value));
    CHECK(models.at(model).at("xllr").at("n") == 2);
  }
  CHECK(board.at("datasets").at("boston").at("absent").at("near").at("meta_correlation.variance_pearson") ==
        "no truth");
  CHECK(board.at("overall").at("rmse").at("models").at("near").at("mean_rank") == 1);
  CHECK(board.at("overall").at("rmse").at("models").at("other").at("mean_rank") == 3);
}

TEST_CASE("a score that has no better direction is shown, not ranked", "[results][schema]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("far", 1, 3.0);
  const Leaderboard results = make_leaderboard({run.store()});
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK(board.at("metrics").at("r_statistic.std").at("better") == "none");
  CHECK(board.at("datasets").at("boston").at("models").at("far").at("r_statistic").at("std").at("mean") == 1.5);
  CHECK(board.at("overall").contains("rmse"));
  CHECK_FALSE(board.at("overall").contains("r_statistic.std"));
  CHECK_THAT(terminal_report(results), !test::contains("r_statistic"));
}

TEST_CASE("reports follow the direction a leaderboard tells", "[results]") {
  FixtureRun run({"near", "far"});
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    run.add("near", seed, 1.0 + 0.01 * static_cast<double>(seed));
    run.add("far", seed, 3.0 - 0.01 * static_cast<double>(seed));
  }
  Leaderboard board = make_leaderboard({run.store()});
  CHECK_THAT(terminal_report(board), test::contains("RMSE ↓") && test::contains("*1.020") && test::contains(" 2.980"));
  const auto become = [&](Direction better) {
    board.metrics = ScoreCatalogue({{.name = "rmse", .direction = better, .head = "RMSE", .default_column = 1}});
  };
  become(Direction::higher);
  CHECK_THAT(terminal_report(board), test::contains("RMSE ↑"));
  board.datasets[0].comparisons.at({"rmse"}).best = {"far"};
  CHECK_THAT(terminal_report(board), test::contains("*2.980") && test::contains(" 1.020"));
  board.datasets[0].comparisons.at({"rmse"}).told_apart = false;
  CHECK_THAT(terminal_report(board), !test::contains("*"));
  become(Direction::none);
  CHECK_THAT(terminal_report(board), !test::contains("RMSE ↓") && !test::contains("RMSE ↑"));
  board.metrics = ScoreCatalogue();  // of a plug-in that is not loaded
  CHECK_THAT(terminal_report(board), !test::contains("RMSE ↓") && !test::contains("RMSE ↑"));
}

TEST_CASE("tables show the columns that a suite asks for", "[results][schema]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("far", 1, 3.0);
  Leaderboard board = make_leaderboard({run.store()});
  board.suites[0].columns = {"crps", "rmse"};
  CHECK(test::schema_errors(Json(to_json(board)), "leaderboard") == "");
  CHECK_THAT(terminal_report(board), test::contains("RMSE ↓") && !test::contains("crps"));  // nobody has it
  board.suites[0].columns = {"crps"};
  CHECK_THAT(terminal_report(board), !test::contains("RMSE"));
}

TEST_CASE("a failed cell is listed, not averaged, and its model is not ranked", "[results][schema]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("near", 2, 2.0);
  run.add("far", 1, 0.5);
  run.add_failure("far", 2);
  const Leaderboard results = make_leaderboard({run.store()});
  const Json board = to_json(results);
  CHECK(test::schema_errors(board, "leaderboard") == "");
  REQUIRE(board.at("failures").size() == 1);
  CHECK(board.at("failures").at(0).at("model") == "far");
  CHECK(board.at("failures").at(0).at("seed") == 2);
  CHECK(board.at("datasets").at("boston").at("models").at("far").at("rmse").at("n") == 1);
  CHECK(board.at("overall").empty());  // nobody to be compared with
  CHECK_THAT(terminal_report(results), test::contains("FAILED boston far seed 2: diverged"));
  CHECK(leaderboard_text(results) == readable_json(to_json(results)));
}

TEST_CASE("the best and the ranks are by the seeds that all have; a cell with fewer says so", "[results][schema]") {
  // By its own seeds "near" is worse (4 against 2), on the common ones it is better (1 against 2).
  FixtureRun run({"near", "far", "other"});
  for (const auto& [seed, rmse] : {std::pair{1u, 1.0}, {2u, 1.0}, {3u, 10.0}}) {
    run.add("near", seed, rmse, seed == 1 ? std::nullopt : std::optional(-1.0));
    run.add("other", seed, 20, -2.0);
    if (seed < 3) run.add("far", seed, 2.0, -3.0);
  }
  const Leaderboard results = make_leaderboard({run.store()});
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  const OrderedJson& content = board.at("datasets").at("boston");
  CHECK(content.at("models").at("near").at("rmse").at("mean") == 4);
  CHECK(content.at("models").at("near").at("joint_log_likelihood").at("n") == 2);
  const OrderedJson& compared = content.at("comparisons").at("rmse");
  CHECK(compared.at("seeds") == "1..2");
  CHECK(compared.at("n") == 2);
  CHECK(compared.at("leader") == "near");
  CHECK(compared.at("models").at("near").at("mean") == 1);
  CHECK(compared.at("models").at("far").at("behind_leader").at("difference") == 1);
  CHECK(content.at("comparisons").at("joint_log_likelihood").at("seeds") == "2");
  CHECK(content.at("values").at("seeds") == OrderedJson({1, 2, 3}));
  CHECK(content.at("values").at("models").at("far").at("rmse") == OrderedJson({2.0, 2.0, nullptr}));
  CHECK(board.at("overall").at("rmse").at("models").at("near").at("mean_rank") == 1);
  CHECK(board.at("overall").at("rmse").at("models").at("far").at("mean_rank") == 2);
  const std::string text = terminal_report(results);
  CHECK_THAT(text, test::contains(" 4.000 ± ") && test::contains(" (2)"));
  CHECK_THAT(text, test::contains("Compared by RMSE: on seeds 1..2, which all compared models have."));
  CHECK_THAT(text, test::contains("Compared by joint LL: on seed 2, which all compared models have."));
  CHECK_THAT(text, test::contains("Nothing is told apart by RMSE"));

  // Scores of models by each other are comparable only where the same models meet.
  for (const char* model : {"near", "other"}) {
    CHECK(content.at("models").at(model).at("xllr").at("n") == 2);
    CHECK(content.at("models").at(model).at("xll_mean").at("mean").get<double>() ==
          close(run.expected().at(model).at("xll_mean")));
  }
}

TEST_CASE("where no seed is common nobody is best", "[results][schema]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("far", 2, 3.0);
  const Leaderboard results = make_leaderboard({run.store()});
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK(board.at("datasets").at("boston").at("comparisons").at("rmse").at("best").empty());
  CHECK_THAT(terminal_report(results), !test::contains("*1.000") && !test::contains("*3.000"));
  CHECK_THAT(terminal_report(results), test::contains("no seed is common to all, so none is best"));
  CHECK(board.at("overall").empty());
  CHECK_THAT(board.at("datasets").at("boston").at("absent").at("near").at("xllr").get<std::string>(),
             test::contains("in seed 1 'far' is lacking"));
}

TEST_CASE("a model with few seeds moves nobody's XLL", "[results]") {
  FixtureRun run({"near", "far", "other"}), without({"near", "other"});
  for (const std::uint64_t seed : {1u, 2u, 3u})
    for (const char* model : {"near", "other"}) {
      run.add(model, seed, 1.0);
      without.add(model, seed, 1.0);
    }
  run.add("far", 2, 1.0);
  const Json with = to_json(make_leaderboard({run.store()})).at("datasets").at("boston").at("models");
  const Json alone = to_json(make_leaderboard({without.store()})).at("datasets").at("boston").at("models");
  for (const char* model : {"near", "other"})
    for (const char* score : {"xll", "xll_mean", "xllr"}) CHECK(with.at(model).at(score) == alone.at(model).at(score));
  CHECK(with.at("far").at("xllr").at("n") == 1);
}

TEST_CASE("what is planned and not there is named", "[results][schema]") {
  FixtureRun run({"near", "far", "other"}, {1, 2, 3, 4});
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) run.add("near", seed, 1.0);
  for (const std::uint64_t seed : {1u, 4u}) run.add("far", seed, 2.0);
  run.add_failure("other", 1);
  const std::string damaged = cell_id(identity("far", 4));
  write_text_atomically(run.store().folder() / "cells" / (damaged + ".json"), "{");
  const Leaderboard results = make_leaderboard({run.store()});
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK(board.at("missing") == OrderedJson({{{"dataset", "boston"}, {"model", "far"}, {"seeds", "2..4"}, {"n", 3}},
                                            {{"dataset", "boston"}, {"model", "other"}, {"seeds", "2..4"}, {"n", 3}}}));
  REQUIRE(board.at("damaged").size() == 1);
  CHECK(board.at("damaged").at(0).at("id") == damaged);
  CHECK(board.at("damaged").at(0).at("model") == "far");
  CHECK(board.at("damaged").at(0).at("seed") == 4);
  const OrderedJson& seeds = board.at("datasets").at("boston").at("seeds");
  CHECK(seeds.at("near") == OrderedJson({{"planned", 5}, {"done", 5}, {"failed", 0}}));  // one beyond the plan
  CHECK(seeds.at("far") == OrderedJson({{"planned", 4}, {"done", 1}, {"failed", 0}}));
  CHECK(seeds.at("other") == OrderedJson({{"planned", 4}, {"done", 0}, {"failed", 1}}));
  for (const std::string& report : {terminal_report(results), markdown_report(results)})
    CHECK_THAT(report, test::contains("MISSING boston seeds 2..4: far, other") &&
                           test::contains("DAMAGED boston far seed 4: ") && test::contains("1 of 4"));
  CHECK_THAT(incompleteness(results.gaps), test::contains("6 planned cells have no result"));

  // What another folder has is not missing.
  FixtureRun rest({"near", "far", "other"}, {1, 2, 3, 4});
  for (const std::uint64_t seed : {2u, 3u, 4u}) rest.add("far", seed, 2.0);
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) rest.add("other", seed, 2.0);
  const Leaderboard joined = make_leaderboard({run.store(), rest.store()});
  for (const char* list : {"missing", "damaged", "failures"}) CHECK(to_json(joined).at(list).empty());
  CHECK(incompleteness(joined.gaps) == "");
  CHECK_THAT(terminal_report(joined), !test::contains("MISSING"));
}

TEST_CASE("plans of folders add up", "[results]") {
  FixtureRun a({"near"}, {1, 2}), b({"near"}, {2, 3});
  for (const std::uint64_t seed : {1u, 2u}) a.add("near", seed, 1.0);
  const OrderedJson board = to_json(make_leaderboard({a.store(), b.store()}));
  CHECK(board.at("missing") == OrderedJson({{{"dataset", "boston"}, {"model", "near"}, {"seeds", "3"}, {"n", 1}}}));
}

TEST_CASE("a model that failed on a data set has a row that says so", "[results][schema]") {
  FixtureRun run({"near", "far", "other"}, {1, 2, 3});
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    run.add("near", seed, 1.0);
    if (seed > 1) run.add("other", seed, 2.0);
    run.add_failure("far", seed, fmt::format("diverged in epoch {}{}", seed, std::string(1000, 'x')));
  }
  run.add_failure("other", 1, "another reason");
  const Leaderboard results = make_leaderboard({run.store()});
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK(board.at("failures").size() == 4);
  CHECK_FALSE(board.at("datasets").at("boston").at("models").contains("far"));
  const std::string text = terminal_report(results);
  std::string row;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("  far ", 0) == 0) row = line;
  CHECK_THAT(row, test::contains("0 of 3, 3 failed") && test::contains("  failed"));
  CHECK_THAT(text, test::contains("2 of 3, 1 failed"));
  // One line for a reason that differs in numbers only, and no line without end.
  CHECK_THAT(text, test::contains("FAILED boston far seeds 1..3: diverged in epoch 1xxx") &&
                       test::contains("bytes in all)") && !test::contains("epoch 2"));
  CHECK_THAT(text, test::contains("FAILED boston other seed 1: another reason"));
  CHECK_THAT(markdown_report(results), test::contains("| far | 0 of 3, 3 failed | failed |"));
}

TEST_CASE("warnings of fits are marked in the row and listed below, once for each sentence", "[results][schema]") {
  FixtureRun run({"near", "far"});
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    run.add("near", seed, 1.0, std::nullopt, {fmt::format("R-hat is 1.{}", seed)});
    run.add("far", seed, 2.0);
  }
  run.add("near", 5, 1.0, std::nullopt, {"R-hat is 3", "R-hat is 4", "no better than the mean"});
  const Leaderboard results = make_leaderboard({run.store()});
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  const OrderedJson& warnings = board.at("datasets").at("boston").at("warnings");
  CHECK(warnings == OrderedJson({{"near",
                                  {{{"text", "R-hat is 1.1"}, {"seeds", "1..3, 5"}, {"n", 4}},
                                   {{"text", "no better than the mean"}, {"seeds", "5"}, {"n", 1}}}}}));
  const std::string text = terminal_report(results);
  CHECK_THAT(text, test::contains("  near !") && !test::contains("far !"));
  CHECK_THAT(text, test::contains("WARNING near on boston (4 fits, the first): R-hat is 1.1\n"));
  CHECK_THAT(text, test::contains("WARNING near on boston (1 fit): no better than the mean\n"));
  CHECK_THAT(markdown_report(results), test::contains("| near ! |") && test::contains("## Warnings"));
}

TEST_CASE("labels and messages cannot break tables", "[results]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add_failure("far", 1, "a\x1b[2J|b\nc");
  Leaderboard board = make_leaderboard({run.store()});
  board.datasets[0].label = "bos|ton";
  CHECK_THAT(markdown_report(board), test::contains("## bos\\|ton") && test::contains("a\\\\u001b[2J\\|b\\\\nc"));
  CHECK_THAT(terminal_report(board), test::contains("a\\u001b[2J|b\\nc") && !test::contains("\x1b"));
}

TEST_CASE("folders of one suite join, and a success anywhere makes up for a failure", "[results]") {
  FixtureRun a({"near", "far"}), b({"near", "far"});
  a.add("near", 1, 1.0);
  b.add("near", 2, 2.0);
  a.add_failure("far", 1);
  b.add("far", 1, 4.0);
  for (const bool swapped : {false, true}) {
    const std::vector<Store> stores = swapped ? std::vector{b.store(), a.store()} : std::vector{a.store(), b.store()};
    const Json board = to_json(make_leaderboard(stores));
    CHECK(board.at("failures").empty());
    CHECK(board.at("datasets").at("boston").at("models").at("near").at("rmse").at("mean") == 1.5);
    CHECK(board.at("datasets").at("boston").at("models").at("far").at("rmse").at("mean") == 4.0);
  }
}

TEST_CASE("records that the plan does not name are left out", "[results]") {
  FixtureRun run({"near"});
  run.add("near", 1, 1.0);
  run.add("far", 1, 0.1);
  const Json board = to_json(make_leaderboard({run.store()}));
  CHECK(board.at("datasets").at("boston").at("models").size() == 1);
}

TEST_CASE("one label for two things in two folders is refused", "[results]") {
  FixtureRun a({"near"}), b({"near"});
  Run run = b.store().run();
  run.plan[0].entry.configuration = configuration_id(identity("far", 0));
  b.store().write_run(run);
  const std::vector<Store> stores = {a.store(), b.store()};
  CHECK_THAT(test::error_of([&] { make_leaderboard(stores); }),
             test::contains("'near'") && test::contains("another label"));
}

TEST_CASE("reports mark the best and show standard errors", "[results]") {
  FixtureRun run({"near", "far"});
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    run.add("near", seed, 1.0 + 0.1 * static_cast<double>(seed));
    run.add("far", seed, 7.0);
  }
  // t = 5.8 / 0.0577 = 100 with 2 degrees of freedom
  const Leaderboard board = make_leaderboard({run.store()});
  CHECK_THAT(terminal_report(board), test::contains("*1.200 ± 0.058 a") && test::contains(" 7.000 ± 0.000 b"));
  CHECK_THAT(markdown_report(board), test::contains("**1.200 ± 0.058** a |") && test::contains("## boston"));
}

TEST_CASE("every published leaderboard and study fits its schema", "[results][schema]") {
  std::map<std::string, int> seen;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::filesystem::path(PREDCORR_SOURCE_DIR) /
                                                                         "results" / "published"))
    if (entry.path().extension() == ".json") {
      INFO(entry.path());
      const std::string schema = entry.path().stem().string();
      CHECK(test::schema_errors(read_json_file(entry.path()), schema) == "");
      ++seen[schema];
    }
  CHECK(seen["leaderboard"] >= 2);
  CHECK(seen["validity"] >= 2);
  // And one that was made just now, where .ci/run names it.
  if (const char* file = std::getenv("PREDCORR_LEADERBOARD"); file != nullptr) {
    const Json board = read_json_file(file);
    CHECK(test::schema_errors(board, "leaderboard") == "");
    CHECK(board.at("failures").empty());
    CHECK_FALSE(board.at("datasets").empty());
  }
}

}  // namespace
}  // namespace predcorr
