// SPDX-License-Identifier: Apache-2.0
// `predcorr check` as users meet it.
#include "core/base/files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::run_program;

/// Diverges in its first steps, on any data.
const char* const kDiverging = R"({"model": "bbb", "parameters": {"learning_rate": 1e8, "epochs": 20, "units": 5}})";

TEST_CASE("check prints a line for each check and how many passed", "[harness]") {
  const test::TemporaryFolder at;
  const auto result = run_program({"check", "ridge"}, at.path());
  CHECK(result.status == 0);
  CHECK(result.out.rfind("ridge, seed 1\n  shape                   passed\n", 0) == 0);
  CHECK_THAT(result.out, contains("\n  determinism             passed  another seed gives the same prediction\n") &&
                             contains("\n  weights                 passed\n") && !contains("To fix"));
  CHECK_THAT(result.out, contains("\n\n23 passed, 0 failed, 0 not applicable\n"));
  CHECK(result.err.empty());
}

TEST_CASE("check takes a model's file, a seed and single checks", "[harness]") {
  const test::TemporaryFolder at;
  write_text_atomically(at / "model.json",
                        R"({"model": "bbb", "parameters": {"epochs": 5, "units": 5, "samples": 5}})");
  const auto result = run_program(
      {"check", (at / "model.json").string(), "--seed", "7", "--only", "weights", "--only", "subset"}, at.path());
  CHECK(result.status == 0);
  CHECK(result.out ==
        "bbb, seed 7\n  subset   passed\n  weights  n.a.    the model does not take weights\n\n"
        "1 passed, 0 failed, 1 not applicable\n");
}

TEST_CASE("check says what fails and what to do, and exits with 1", "[harness]") {
  const test::TemporaryFolder at;
  const auto result = run_program({"check", kDiverging}, at.path());
  CHECK(result.status == 1);
  CHECK_THAT(result.out, contains("  shape                   FAILED  fit to 24 rows of 3 inputs: training diverged"));
  CHECK_THAT(result.out, contains("  hundred-inputs          FAILED  fit to 24 rows of 100 inputs: training diverged"));
  CHECK_THAT(result.out, contains("\nTo fix\n  shape: ") && contains("    A plain fit to 24 rows"));
  CHECK_THAT(result.out, contains(" failed, 1 not applicable\n"));
  // Advice that several checks share is given once.
  const std::size_t first = result.out.find("A plain fit to 24 rows");
  CHECK(result.out.find("A plain fit to 24 rows", first + 1) == std::string::npos);
}

TEST_CASE("check writes data that fit their schema", "[harness][schema]") {
  const test::TemporaryFolder at;
  const std::string file = (at / "check.json").string();
  CHECK(run_program({"check", "constant", "--json", file}, at.path()).status == 0);
  const Json passed = read_json_file(file);
  CHECK(test::schema_errors(passed, "check") == "");
  CHECK(passed.at("model") == Json{{"model", "constant"}, {"parameters", Json::object()}});
  CHECK(passed.at("passed") == 22);
  CHECK(passed.at("checks").size() == 23);
  CHECK(passed.at("checks")[11].at("name") == "two-rows");

  CHECK(run_program({"check", kDiverging, "--only", "subset", "--json", file}, at.path()).status == 1);
  const Json failed = read_json_file(file);
  CHECK(test::schema_errors(failed, "check") == "");
  CHECK(failed.at("failed") == 1);
  CHECK(failed.at("checks")[0].at("outcome") == "failed");
  CHECK(failed.at("model").at("parameters").at("epochs") == 20);
  Json wrong = failed;
  wrong["checks"][0]["outcome"] = "FAILED";
  CHECK(test::schema_errors(wrong, "check") != "");
}

TEST_CASE("check asks metrics, criteria, kernels and data sets, too", "[harness][schema]") {
  const test::TemporaryFolder at;
  const std::string file = (at / "check.json").string();
  const std::vector<std::tuple<std::string, std::string, std::size_t>> cases = {
      {"crps", "metric", 10},
      {"xll", "metric", 6},
      {"bmig", "criterion", 7},
      {R"({"criterion": "random"})", "criterion", 7},
      {R"({"sum": ["rbf", {"white": {"variance": 0.3}}]})", "kernel", 13},
      {R"({"kernel": "matern", "parameters": {"smoothness": "5/2"}})", "kernel", 13},
      {R"({"dataset": "toy-relu", "parameters": {"dim": 2, "pool": 60, "test": 40}})", "dataset", 10}};
  for (const auto& [plugin, kind, count] : cases) {
    INFO(plugin);
    const auto result = run_program({"check", plugin, "--json", file}, at.path());
    INFO(result.out << result.err);
    CHECK(result.status == 0);
    CHECK(result.out.rfind(kind + " ", 0) == 0);
    const Json json = read_json_file(file);
    CHECK(test::schema_errors(json, "check") == "");
    CHECK(json.at("checks").size() == count);
    CHECK(json.at(kind).at("parameters").is_object());
    CHECK_FALSE(json.contains("model"));
  }
  // A data set's file is looked for in the working folder and in --data.
  std::string table = "a,y\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{}\n", i, i * i % 7);
  std::filesystem::create_directory(at / "tables");
  write_text_atomically(at / "tables/table.csv", table);
  const char* csv = R"({"dataset": "csv", "parameters": {"file": "table.csv", "target": "y"}})";
  CHECK(run_program({"check", csv, "--data", (at / "tables").string()}, at.path()).status == 0);
  const auto nowhere = run_program({"check", csv}, at.path());
  CHECK(nowhere.status == 1);
  CHECK_THAT(nowhere.out, contains("table.csv"));

  // The name of a criterion and of a kernel kind alike is looked for among models first, unless the kind is said.
  const auto said = run_program({"check", "random", "--kind", "criterion", "--only", "picks"}, at.path());
  CHECK(said.out == "criterion random, seed 1\n  picks  passed\n\n1 passed, 0 failed, 0 not applicable\n");
  Json two = read_json_file(file);
  two["model"] = {{"model", "gp"}, {"parameters", Json::object()}};
  CHECK(test::schema_errors(two, "check") != "");
}

TEST_CASE("check refuses bad input with status 2 before it fits anything", "[harness]") {
  const test::TemporaryFolder at;
  write_text_atomically(at / "model.json", R"({"modell": "gp"})");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"check"}, "plugin is required"},
      {{"check", "rigde"},
       "plugin: no model, metric, criterion, kernel or data set is called 'rigde'; did you mean 'ridge'?"},
      {{"check", "ridge", "--kind", "metric"}, "plugin: unknown metric 'ridge'"},
      {{"check", "ridge", "--kind", "animal"}, "--kind"},
      {{"check", "rmse", "--only", "subset"}, "--only: unknown check 'subset'"},
      {{"check", R"({"kernel": "rbf", "parameters": {"lenght_scale": 3}})"}, "did you mean 'length_scale'?"},
      {{"check", "ridge", "--only", "subsets"}, "--only: unknown check 'subsets'; did you mean 'subset'?"},
      {{"check", R"({"model": "gp", "parameters": {"step": 3}})"}, "plugin.parameters: unknown parameter 'step'"},
      {{"check", R"({"model": "gp")"}, "plugin: line 1"},
      {{"check", (at / "model.json").string()}, "model.json: unknown key 'modell'; did you mean 'model'?"},
      {{"check", (at / "nosuch.json").string()}, "nosuch.json"},
      {{"check", "ridge", "--json", (at / "nowhere/check.json").string()}, "there is no folder"},
      {{"check", "ridge", "--seed", "-1"}, "--seed"},
  };
  for (const auto& [arguments, expected] : cases) {
    const auto result = run_program(arguments, at.path());
    INFO(arguments.back());
    CHECK(result.status == 2);
    CHECK_THAT(result.err, contains(expected));
    CHECK_THAT(result.out, !contains("passed"));
  }
  CHECK_THAT(run_program({"check", "--help"}, at.path()).out,
             contains("twin-queries") && contains("small budgets") && contains("cross-gradient") &&
                 contains("point-order") && contains("guests") && contains("target-order") && contains("truth-fits"));
}

}  // namespace
}  // namespace predcorr
