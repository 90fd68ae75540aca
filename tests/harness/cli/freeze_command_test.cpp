// SPDX-License-Identifier: Apache-2.0
// Frozen references as users meet them: freeze, then run and leaderboard against what was frozen.
#include "core/base/files.hpp"
#include "harness/plan.hpp"
#include "harness/suites/installation.hpp"
#include "results/frozen_pools/reference_pool.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

/// A folder with the tiny suite, without its active learning and with some of its models.
class Workplace {
 public:
  std::string suite(const std::string& name, const std::vector<std::string>& models, int dim = 2) const {
    Json json = test::tiny_suite();
    json.erase("active_learning");
    json["datasets"][0]["parameters"]["dim"] = dim;
    Json kept = Json::array();
    for (const Json& model : json["models"])
      if (std::string label = model.is_string() ? model : model.value("label", model.at("model"));
          std::find(models.begin(), models.end(), label) != models.end())
        kept.push_back(model);
    json["models"] = kept;
    return test::written(folder_, name, json.dump()).string();
  }
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }
  test::ProgramResult operator()(const std::vector<std::string>& arguments) const {
    return test::run_program(arguments, folder_.path());
  }

 private:
  test::TemporaryFolder folder_;
};

Json scores(const std::string& folder, const std::string& dataset, const std::string& model) {
  return read_json_file(fs::path(folder) / "leaderboard.json").at("datasets").at(dataset).at("models").at(model);
}

TEST_CASE("freeze, run against it, and leaderboard against it agree", "[harness][schema]") {
  const Workplace at;
  const std::string all = at.suite("all.json", {"oracle", "constant", "gp", "ridge", "bbb"});
  REQUIRE(at({"run", all, "--out", at / "all"}).status == 0);
  const auto frozen = at({"freeze", at / "all", "--models", "gp,ridge", "--name", "tiny", "--version", "1", "--out",
                          at / "references", "--datasets", "toy"});
  INFO(frozen.err);
  REQUIRE(frozen.status == 0);
  CHECK(test::missing(frozen.out, {"tiny-v1: gp, ridge, 0.", "MB", "SHA-256"}) == "");
  const std::string pool = at / "references/tiny-v1";
  CHECK(test::schema_errors(read_json_file(fs::path(pool) / "pool.json"), "references") == "");

  // One new model by itself, and the whole run.
  const std::string one = at.suite("one.json", {"bbb"});
  const auto run = at({"run", one, "--out", at / "one", "--references", pool, "--wide"});
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK(test::missing(run.out, {"pool tiny-v1 alone (gp (tiny-v1), ridge (tiny-v1))",
                                "the pool does not have friedman-3"}) == "");
  REQUIRE(at({"leaderboard", at / "all", "--references", pool, "--out", at / "board"}).status == 0);
  for (const char* score : {"xll", "xll_mean", "xllr"})
    CHECK(scores(at / "one", "toy", "bbb").at(score) == scores(at / "board", "toy", "bbb").at(score));
  const Json board = read_json_file(at / "board/leaderboard.json");
  CHECK(test::schema_errors(board, "leaderboard") == "");
  CHECK(test::schema_errors(read_json_file(at / "one/leaderboard.json"), "leaderboard") == "");
  CHECK(board.at("reference_pool") == read_json_file(at / "one/leaderboard.json").at("reference_pool"));
  CHECK(scores(at / "board", "toy", "gp").at("xll") ==
        board.at("reference_pool").at("datasets").at("toy").at("gp (tiny-v1)").at("xll"));
  CHECK(board.at("datasets").at("friedman-3").at("absent").at("gp").at("xllr") ==
        "pool tiny-v1 has no data set 'friedman-3'");
  CHECK_FALSE(scores(at / "all", "toy", "bbb").at("xll").contains("gp (tiny-v1)"));

  // Other data under the same label is refused before any work.
  const auto other = at({"run", at.suite("other.json", {"bbb"}, 3), "--out", at / "other", "--references", pool});
  CHECK(other.status == 2);
  CHECK(test::missing(other.err, {"toy seed 1", "parameters", "tiny-v1"}) == "");
  CHECK_FALSE(fs::exists(at / "other"));
}

TEST_CASE("freeze refuses what it cannot honour, with exit status 2", "[harness]") {
  const Workplace at;
  REQUIRE(at({"run", at.suite("all.json", {"oracle", "constant"}), "--out", at / "all"}).status == 0);
  const auto refusal = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"freeze", at / "all", "--name", "x", "--out", at / "references"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = at(arguments);
    CHECK(result.status == 2);
    return result.err + result.out;
  };
  CHECK(test::missing(refusal({"--version", "1"}), {"--models is required"}) == "");
  CHECK(test::missing(refusal({"--version", "one", "--models", "oracle"}), {"--version"}) == "");
  CHECK(test::missing(refusal({"--version", "1", "--models", "oracel"}), {"did you mean 'oracle'"}) == "");
  CHECK(test::missing(refusal({"--version", "1", "--models", "constant", "--seeds", "1..3"}),
                      {"toy seed 3", "'constant' has no prediction"}) == "");
  // The truth is known of one of the two data sets only.
  CHECK(test::missing(refusal({"--version", "1", "--models", "oracle,constant"}),
                      {"friedman-3 seed 1", "'oracle' has no prediction", "--datasets"}) == "");
  CHECK(at({"freeze", at / "all", "--models", "oracle,constant", "--datasets", "toy", "--name", "x", "--version", "1",
            "--out", at / "references", "--double"})
            .status == 0);
  CHECK(test::missing(refusal({"--version", "1", "--models", "constant"}), {"never changes", "--version 2"}) == "");
  const auto unknown = at({"leaderboard", at / "all", "--references", "toy-v0"});
  CHECK(unknown.status == 2);
  CHECK(test::missing(unknown.err, {"no pool of references 'toy-v0'", "did you mean 'toy-v1'"}) == "");
}

TEST_CASE("a pool is found by its folder, in the working folder, or among those that come along", "[harness]") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "results/references/toy-v1");
  test::written(folder, "results/references/toy-v1/pool.json", "{}");
  const test::WorkingFolder in(folder.path());
  const fs::path found = find_references("toy-v1");
  fs::remove_all(folder / "results/references/toy-v1");
  const fs::path shipped = find_references("toy-v1");
  CHECK(found == fs::path("results/references/toy-v1"));
  CHECK(shipped == fs::path(PREDCORR_SOURCE_DIR) / "results/references/toy-v1");
  test::written(folder, "pool.json", "{}");
  CHECK(find_references(folder.path().string()) == folder.path());
}

TEST_CASE("the pool that comes along fits suite quick, whose data this machine draws anew", "[harness][schema]") {
  const fs::path folder = find_references("toy-v1");
  CHECK(test::schema_errors(read_json_file(folder / "pool.json"), "references") == "");
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
  CHECK(bytes < 3'200'000);
  const ReferencePool pool = ReferencePool::open(folder);
  const fs::path file = find_suite("quick");
  Suite suite = read_suite(read_json_file(file), file.string());
  suite.seeds = {1, 2, 3, 4, 5};  // the suite has more, and a version of a pool never changes
  int seen = 0;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    if (cell.entry.model != "gp" || cell.criterion != nullptr || cell.entry.dataset == "friedman-1") continue;
    INFO(cell.describe());
    REQUIRE(pool.why_absent(cell.entry.dataset, cell.identity, cell.seed) == "");
    CHECK(pool.contenders(cell.entry.dataset, cell.identity, cell.seed).size() == pool.models().size());
    const Problem problem(*cell.dataset->plugin.object, suite.request(cell.seed));
    const StoredPrediction stored{{}, problem.targets(problem.split().test), 0, problem.split()};
    CHECK_NOTHROW(pool.check_test_points(cell.entry.dataset, cell.identity, cell.seed, "any", stored));
    ++seen;
  }
  CHECK(seen == 10);
}

}  // namespace
}  // namespace predcorr
