// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard.hpp"

#include <cstdlib>
#include <map>
#include <string>

#include "results/report.hpp"
#include "results/run_records.hpp"
#include "tests/support/reference.hpp"
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
  explicit FixtureRun(const std::vector<std::string>& models)
      : store_(Store::open_for_writing(folder_.path(), "fixture")), fixture_(test::reference("metrics_small.json")) {
    Json plan = Json::array();
    for (const std::string& model : models)
      plan.push_back(plan_entry_to_json({configuration_id(identity(model, 0)), "boston", model, "", ""}));
    store_.write_run(
        {{"schema", kRunSchema},
         {"suite", {{"name", "fixture"}}},
         {"protocol", {{"name", "paper"}}},
         {"datasets", {{{"label", "boston"}, {"name", "boston"}, {"parameters", Json::object()}, {"sha256", "x"}}}},
         {"models", models},
         {"plan", plan},
         {"cross_metrics", {{{"metric", "xll"}, {"parameters", {{"neighbours", 3}}}}}},
         {"provenance",
          {{"predcorr", "0.1.0"},
           {"commit", "c"},
           {"compiler", "g"},
           {"flags", "f"},
           {"cpu", "p"},
           {"libraries", Json::object()}}}});
  }

  void add(const std::string& model, std::uint64_t seed, double rmse) {
    Record r;
    r.identity = identity(model, seed);
    r.scores = {{"rmse", "", rmse, ""},
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

  void add_failure(const std::string& model, std::uint64_t seed) {
    Record r;
    r.identity = identity(model, seed);
    r.failed = true;
    r.failure_kind = "numerical";
    r.failure_reason = "diverged";
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
  const Json board = make_leaderboard({run.store()});
  CHECK(test::schema_errors(board, "leaderboard") == "");
  const Json& models = board.at("datasets").at("boston").at("models");
  CHECK(models.at("far").at("rmse") == Json({{"mean", 2.5}, {"stderr", 0.5}, {"n", 2}}));
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
  CHECK(board.at("overall").at("near").at("rmse").at("mean_rank") == 1);
  CHECK(board.at("overall").at("other").at("rmse").at("mean_rank") == 3);
}

TEST_CASE("a score that has no better direction is shown, not ranked", "[results][schema]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("far", 1, 3.0);
  const OrderedJson board = make_leaderboard({run.store()});
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK(board.at("metrics").at("r_statistic.std").at("better") == "none");
  CHECK(board.at("datasets").at("boston").at("models").at("far").at("r_statistic").at("std").at("mean") == 1.5);
  CHECK(board.at("overall").at("near").contains("rmse"));
  CHECK_FALSE(board.at("overall").at("near").contains("r_statistic.std"));
  CHECK_THAT(terminal_report(board), !test::contains("r_statistic"));
}

TEST_CASE("reports follow the direction a leaderboard tells", "[results]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("far", 1, 3.0);
  OrderedJson board = make_leaderboard({run.store()});
  CHECK_THAT(terminal_report(board), test::contains("RMSE ↓") && test::contains("*1.000"));
  board["metrics"]["rmse"]["better"] = "higher";
  CHECK_THAT(terminal_report(board), test::contains("RMSE ↑") && test::contains("*3.000"));
  board["metrics"]["rmse"]["better"] = "none";
  CHECK_THAT(terminal_report(board), !test::contains("RMSE ↓") && !test::contains("RMSE ↑"));
  CHECK_THAT(terminal_report(board), !test::contains("*1.000") && !test::contains("*3.000"));
}

TEST_CASE("tables show the columns that a suite asks for", "[results][schema]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("far", 1, 3.0);
  OrderedJson board = make_leaderboard({run.store()});
  board["suites"][0]["columns"] = {"crps", "rmse"};
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK_THAT(terminal_report(board), test::contains("RMSE ↓") && !test::contains("crps"));  // nobody has it
  board["suites"][0]["columns"] = {"crps"};
  CHECK_THAT(terminal_report(board), !test::contains("RMSE"));
}

TEST_CASE("a failed cell is listed, not averaged, and its model is not ranked", "[results][schema]") {
  FixtureRun run({"near", "far"});
  run.add("near", 1, 1.0);
  run.add("near", 2, 2.0);
  run.add("far", 1, 0.5);
  run.add_failure("far", 2);
  const Json board = make_leaderboard({run.store()});
  CHECK(test::schema_errors(board, "leaderboard") == "");
  REQUIRE(board.at("failures").size() == 1);
  CHECK(board.at("failures").at(0).at("model") == "far");
  CHECK(board.at("failures").at(0).at("seed") == 2);
  CHECK(board.at("datasets").at("boston").at("models").at("far").at("rmse").at("n") == 1);
  CHECK_FALSE(board.at("overall").contains("far"));
  CHECK_THAT(terminal_report(board), test::contains("FAILED boston far seed 2: diverged"));
}

TEST_CASE("folders of one suite join, and a success anywhere makes up for a failure", "[results]") {
  FixtureRun a({"near", "far"}), b({"near", "far"});
  a.add("near", 1, 1.0);
  b.add("near", 2, 2.0);
  a.add_failure("far", 1);
  b.add("far", 1, 4.0);
  for (const bool swapped : {false, true}) {
    const std::vector<Store> stores = swapped ? std::vector{b.store(), a.store()} : std::vector{a.store(), b.store()};
    const Json board = make_leaderboard(stores);
    CHECK(board.at("failures").empty());
    CHECK(board.at("datasets").at("boston").at("models").at("near").at("rmse").at("mean") == 1.5);
    CHECK(board.at("datasets").at("boston").at("models").at("far").at("rmse").at("mean") == 4.0);
  }
}

TEST_CASE("records that the plan does not name are left out", "[results]") {
  FixtureRun run({"near"});
  run.add("near", 1, 1.0);
  run.add("far", 1, 0.1);
  const Json board = make_leaderboard({run.store()});
  CHECK(board.at("datasets").at("boston").at("models").size() == 1);
}

TEST_CASE("one label for two things in two folders is refused", "[results]") {
  FixtureRun a({"near"}), b({"near"});
  Json run = b.store().run();
  run["plan"][0]["configuration"] = configuration_id(identity("far", 0));
  b.store().write_run(run);
  const std::vector<Store> stores = {a.store(), b.store()};
  CHECK_THAT(test::error_of([&] { make_leaderboard(stores); }),
             test::contains("'near'") && test::contains("another label"));
}

TEST_CASE("reports mark the best and show standard errors", "[results]") {
  FixtureRun run({"near", "far"});
  for (const std::uint64_t seed : {1u, 2u}) {
    run.add("near", seed, 1.0 + static_cast<double>(seed));
    run.add("far", seed, 7.0);
  }
  const OrderedJson board = make_leaderboard({run.store()});
  CHECK_THAT(terminal_report(board), test::contains("*2.500 ± 0.500") && test::contains("7.000 ± 0.000"));
  CHECK_THAT(markdown_report(board), test::contains("**2.500 ± 0.500**") && test::contains("## boston"));
}

TEST_CASE("a leaderboard file fits the schema", "[results][schema]") {
  const char* file = std::getenv("PREDCORR_LEADERBOARD");
  if (file == nullptr) {
    WARN("PREDCORR_LEADERBOARD names no file: skipped");
    return;
  }
  const Json board = read_json_file(file);
  CHECK(test::schema_errors(board, "leaderboard") == "");
  CHECK(board.at("failures").empty());
  CHECK_FALSE(board.at("datasets").empty());
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
}

}  // namespace
}  // namespace predcorr
