// SPDX-License-Identifier: Apache-2.0
// The study of validity as users run it.
#include "core/base/files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::run_program;

Json study_suite() {
  Json json = test::tiny_suite();
  json["datasets"] = Json::array({json["datasets"][0]});
  json["models"] = Json::parse(R"(["oracle", "constant", {"model": "gp", "grid": {"steps": [0, 2, 5, 10, 20]}},
      {"model": "bootstrap", "label": "ridge", "parameters": {"base": "ridge", "members": 10}}])");
  json["controls"] = {"ridge"};
  json["seeds"] = "1..3";
  json["active_learning"] =
      Json::parse(R"({"criteria": ["random", "bmig"], "rounds": 2, "batch": 2, "models": ["gp", "ridge", "constant"],
                      "predictors": ["self", "oracle"]})");
  return json;
}

struct Studied {
  explicit Studied(const std::vector<std::string>& more = {}, const Json& suite = study_suite()) {
    write_text_atomically(folder / "study.json", suite.dump());
    std::vector<std::string> all = {"validity", (folder / "study.json").string(), "--out", (folder / "out").string()};
    all.insert(all.end(), more.begin(), more.end());
    result = run_program(all, folder.path());
  }
  Json validity() const { return read_json_file(folder / "out/validity.json"); }

  test::TemporaryFolder folder;
  test::ProgramResult result;
};

TEST_CASE("validity: relations, power and scatter of a small suite", "[harness][schema]") {
  const Studied at;
  INFO(at.result.err);
  REQUIRE(at.result.status == 0);
  CHECK_THAT(at.result.out, contains("toy: 7 models, 3 seeds") && contains("seeds that a score needs"));
  CHECK_THAT(read_text_file(at.folder / "out/validity.md"), contains("# Do the scores tell who learns well?"));
  const Json validity = at.validity();
  CHECK(test::schema_errors(validity, "validity") == "");
  const Json& study = validity.at("datasets").at("toy");
  CHECK(study.at("models").size() == 7);  // neither oracle nor controls
  CHECK(study.at("scatter").at("gp steps=5").at("family") == "gp");

  // The scatter's means are the leaderboard's.
  const auto board = run_program({"leaderboard", (at.folder / "out").string(), "--format", "json"}, at.folder.path());
  const Json leaders = parse_json(board.out, "leaderboard");
  const Json& own = study.at("scatter").at("ridge").at("values");
  const Json& rows = leaders.at("datasets").at("toy").at("models").at("ridge");
  CHECK(own.at("rmse") == rows.at("rmse"));
  CHECK(own.at("xllr") == rows.at("xllr"));
  for (const Json& curve : leaders.at("active_learning").at("toy")) {
    if (curve.at("selector") != "ridge") continue;
    const std::string who = curve.at("predictor") == "ridge" ? "self" : "oracle";
    CHECK(own.at("bmig." + who + ".rmse.last") == curve.at("rounds").at("rmse").back());
    CHECK(own.at("bmig." + who + ".rmse.mean") == curve.at("mean_over_curve").at("rmse"));
  }
  // A gain is what random rows leave to be gained, by the same predictor.
  const double gain = own.at("bmig.self.rmse.last.gain").at("mean"), with = own.at("bmig.self.rmse.last").at("mean"),
               without = own.at("random.self.rmse.last").at("mean");
  CHECK(gain == Approx(without - with));

  bool related = false;
  for (const Json& relation : study.at("relations"))
    if (relation.at("score") == "rmse" && relation.at("target") == "bmig.self.rmse.last") {
      related = true;
      CHECK(relation.at("models") == 7);
      CHECK(relation.at("families").at("gp").at("value").is_number());
      CHECK(relation.at("over_marginal").is_object());
    }
  CHECK(related);
}

TEST_CASE("validity: gains of a predictor whose label has dots, beside a data set without active learning",
          "[harness][schema]") {
  Json json = study_suite();
  json["datasets"].push_back(test::tiny_suite()["datasets"][1]);
  json["models"].push_back({{"model", "gp"}, {"label", "gp 0.01"}, {"parameters", {{"steps", 3}}}});
  json["active_learning"]["datasets"] = {"toy"};
  json["active_learning"]["predictors"] = {"self", "gp 0.01"};
  const Studied at({}, json);
  INFO(at.result.err);
  REQUIRE(at.result.status == 0);
  CHECK_THAT(at.result.out, contains("Left out: friedman-3: there is no active learning"));
  const Json validity = at.validity();
  CHECK(test::schema_errors(validity, "validity") == "");
  CHECK(validity.at("datasets").size() == 1);
  // Random rows are the same for all, so the gain of each is measured from one value.
  const Json& scatter = validity.at("datasets").at("toy").at("scatter");
  const auto mean = [&](const char* model, const std::string& key) {
    return scatter.at(model).at("values").at(key).at("mean").get<double>();
  };
  const std::string key = "bmig.gp 0.01.rmse.last";
  CHECK(mean("ridge", key) + mean("ridge", key + ".gain") ==
        Approx(mean("constant", key) + mean("constant", key + ".gain")));
  CHECK(mean("ridge", key) + mean("ridge", key + ".gain") == Approx(mean("gp 0.01", "random.self.rmse.last")));
}

TEST_CASE("validity: models without all seeds are left out, and the table says how many are left", "[harness]") {
  const Studied at;
  REQUIRE(at.result.status == 0);
  const auto more = run_program({"validity", (at.folder / "study.json").string(), "--out", (at.folder / "out").string(),
                                 "--seeds", "1..4", "--only", "gp"},
                                at.folder.path());
  CHECK(more.status == 0);
  CHECK_THAT(read_text_file(at.folder / "out/validity.md"),
             contains("| rmse | 5 |") && contains("MISSING toy seed 4: "));
}

TEST_CASE("validity: shards are studied together, with the same outcome at any number of threads", "[harness]") {
  const Studied whole({"--threads", "1"}), a({"--shard", "1/2", "--threads", "2"}), b({"--shard", "2/2"});
  const auto out = whole.folder / "joined";
  const auto joined = run_program(
      {"validity", "--runs", (a.folder / "out").string(), (b.folder / "out").string(), "--out", out.string()},
      whole.folder.path());
  INFO(joined.err);
  REQUIRE(joined.status == 0);
  CHECK(read_json_file(out / "validity.json").at("datasets") == whole.validity().at("datasets"));
}

TEST_CASE("validity: a missing shard is named, and an error unless it is asked for", "[harness][schema]") {
  const Studied a({"--shard", "1/4"}), b({"--shard", "3/4"});
  const auto out = a.folder / "joined";
  std::vector<std::string> command = {
      "validity", "--out", out.string(), "--runs", (a.folder / "out").string(), (b.folder / "out").string()};
  const auto joined = run_program(command, a.folder.path());
  CHECK(joined.status == 1);
  CHECK_THAT(joined.err, contains("planned cells have no result"));
  CHECK_THAT(joined.out, contains("MISSING toy") && contains("too few"));  // no model has every seed
  CHECK(test::schema_errors(read_json_file(out / "validity.json"), "validity") == "");
  command.push_back("--partial");
  CHECK(run_program(command, a.folder.path()).status == 0);
}

TEST_CASE("validity: a shard that is too little to study is run all the same", "[harness]") {
  const Studied part({"--shard", "1/3"});
  CHECK(part.result.status == 0);
  CHECK_THAT(part.result.err, contains("no study of this part alone") && contains("too few seeds: 1"));
  CHECK_FALSE(std::filesystem::exists(part.folder / "out/validity.json"));
}

TEST_CASE("validity: seeds that nobody learned from are left out", "[harness]") {
  const Studied at;
  Json more = study_suite();
  more.erase("active_learning");
  write_text_atomically(at.folder / "more.json", more.dump());
  const auto run =
      run_program({"run", (at.folder / "more.json").string(), "--seeds", "4", "--out", (at.folder / "out").string()},
                  at.folder.path());
  REQUIRE(run.status == 0);
  const auto again = run_program(
      {"validity", (at.folder / "study.json").string(), "--out", (at.folder / "out").string()}, at.folder.path());
  REQUIRE(again.status == 0);
  CHECK(at.validity().at("datasets").at("toy").at("seeds") == Json({1, 2, 3}));
}

TEST_CASE("validity: what cannot be studied is said", "[harness]") {
  Json json = study_suite();
  json["seeds"] = "1..2";
  const Studied one({}, json);
  CHECK(one.result.status == 2);
  CHECK_THAT(one.result.err, contains("too few seeds: 2, intervals need 3 or more"));
  json = study_suite();
  json.erase("active_learning");
  CHECK_THAT(Studied({}, json).result.err, contains("give the suite \"active_learning\""));
  json = study_suite();
  json["models"] = {"oracle", "constant"};
  json.erase("controls");
  json["active_learning"]["models"] = {"constant"};
  CHECK_THAT(Studied({}, json).result.err, contains("too few models: 1 ") && contains("relations need 5 or more"));
  const auto neither = run_program({"validity"}, one.folder.path());
  CHECK(neither.status == 2);
  CHECK_THAT(neither.err, contains("name a suite to run, or with --runs the folders"));
}

}  // namespace
}  // namespace predcorr
