// SPDX-License-Identifier: Apache-2.0
// Suites that are checked without being run, as users do it.
#include <signal.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::run_program;

/// A suite in a folder, and the folder that runs of it go to.
struct Workplace {
  test::TemporaryFolder folder, outputs;
  explicit Workplace(const Json& suite = test::tiny_suite()) { test::written(folder, "tiny.json", suite.dump()); }
  std::string at(const std::string& name) const { return (folder / name).string(); }
  test::ProgramResult operator()(const std::string& command, const std::string& suite,
                                 std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {command, suite, "--out", at("out")};
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all, outputs.path());  // what it prints goes elsewhere
  }
};

TEST_CASE("validate counts what a run then does, and writes nothing", "[harness][schema]") {
  const Workplace work;
  const auto result = work("validate", work.at("tiny.json"));
  INFO(result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, contains("34 cells, 0 of them done") && contains("Disk: "));
  CHECK_THAT(result.err, contains("seeds 1 to 2"));
  CHECK(test::entries(work.folder) == 1);  // the suite

  CHECK_THAT(work("run", work.at("tiny.json"), {"--only", "gp"}).out, contains("12 cells done"));
  const std::ptrdiff_t before = test::entries(work.folder);
  CHECK_THAT(work("validate", work.at("tiny.json")).out, contains("34 cells, 12 of them done"));
  CHECK(test::entries(work.folder) == before);
  CHECK(work("validate", work.at("tiny.json"), {"--json", work.at("v.json")}).status == 0);
  const Json json = read_json_file(work.at("v.json"));
  CHECK(test::schema_errors(json, "validation") == "");
  CHECK(json.at("done") == 12);
  CHECK(test::entries(work.folder) == before + 1);
}

TEST_CASE("validate refuses what run refuses, by the same message", "[harness]") {
  const Workplace work;
  const auto suite = [&](const std::string& name, const std::function<void(Json&)>& change) {
    Json json = test::tiny_suite();
    change(json);
    test::written(work.folder, name, json.dump());
    return work.at(name);
  };
  test::written(work.folder, "broken.json", "{\"name\": \"x\",\n  \"models\": [,]}");
  test::written(work.folder, "bad.csv", "a,b\n1,2\n3,x\n");
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"nosuch", {}},
      {work.at("broken.json"), {}},
      {suite("key.json", [](Json& json) { json["modles"] = 1; }), {}},
      {suite("model.json", [](Json& json) { json["models"].push_back("gq"); }), {}},
      {suite("parameter.json", [](Json& json) { json["models"][4]["parameters"]["units"] = 0; }), {}},
      {suite("column.json", [](Json& json) { json["columns"] = {"rmsee"}; }), {}},
      {suite("csv.json",
             [](Json& json) {
               json["datasets"] = {{{"dataset", "csv"}, {"parameters", {{"file", "bad.csv"}}}}};
               json["models"] = {"constant"};
               json.erase("active_learning");
             }),
       {}},
      {suite("size.json", [](Json& json) { json["seeds"] = 100000; }), {}},
      {work.at("tiny.json"), {"--seeds", "5..1"}},
      {work.at("tiny.json"), {"--shard", "2of3"}},
      {work.at("tiny.json"), {"--only", "gq"}},
      {work.at("tiny.json"), {"--keep", "some"}},
      {work.at("tiny.json"), {"--references", "nowhere-v1"}},
  };
  for (const auto& [file, more] : cases) {
    INFO(file << " " << comma_list(more));
    const auto checked = work("validate", file, more), run = work("run", file, more);
    CHECK(checked.status == 2);
    CHECK(run.status == 2);
    CHECK(checked.err == run.err);
    CHECK_FALSE(checked.err.empty());
    CHECK(checked.out.empty());
  }
  // A folder that is another suite's.
  REQUIRE(work("run", work.at("tiny.json"), {"--only", "constant", "--only", "toy"}).status == 0);
  const auto other = suite("other.json", [](Json& json) { json["name"] = "other"; });
  const auto checked = work("validate", other), run = work("run", other);
  CHECK(checked.status == 2);
  CHECK(checked.err == run.err);
  CHECK_THAT(checked.err, contains("holds results of suite 'tiny', not of 'other'"));
}

TEST_CASE("validate --pilot tells what a run takes, and leaves nothing behind", "[harness][schema]") {
  const Workplace work;
  const test::TemporaryFolder temporary;
  const test::Environment there("TMPDIR", temporary.path().c_str());
  const auto result =
      work("validate", work.at("tiny.json"), {"--pilot", "--threads", "2", "--json", work.at("v.json")});
  INFO(result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, contains("Pilot: 17 cells") && contains("Slowest") && contains("hours") &&
                             contains("for 34 cells with 2 threads") && contains("Memory: "));
  const Json json = read_json_file(work.at("v.json"));
  CHECK(test::schema_errors(json, "validation") == "");
  CHECK(json.at("estimate").at("cells") == 34);
  CHECK(json.at("estimate").at("work_seconds") > 0);
  CHECK(test::entries(temporary) == 0);
  CHECK(test::entries(work.folder) == 2);  // the suite and v.json
}

TEST_CASE("validate --pilot: a cell that fails makes the exit status 1 and is named", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["models"] = {"constant", {{"model", "bbb"}, {"parameters", {{"learning_rate", 1e8}, {"epochs", 50}}}}};
  const Workplace work(suite);
  const auto result = work("validate", work.at("tiny.json"), {"--pilot"});
  CHECK(result.status == 1);
  CHECK_THAT(result.out,
             contains("FAILED toy bbb seed 1: training diverged") && contains("4 cells whose pilot failed"));
}

TEST_CASE("Ctrl-C ends a pilot without an estimate", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["models"] = {"constant", {{"model", "bbb"}, {"grid", {{"epochs", Json::array()}}}}};
  for (int i = 0; i < 200; ++i) suite["models"][1]["grid"]["epochs"].push_back(200 + i);
  const Workplace work(suite);
  const test::TemporaryFolder temporary;
  const test::Environment there("TMPDIR", temporary.path().c_str());
  test::Program program({"validate", work.at("tiny.json"), "--pilot"}, work.outputs.path());
  const auto told = [&] { return read_text_file(work.outputs / "program.err").find("[2/") != std::string::npos; };
  for (int i = 0; i < 3000 && !(std::filesystem::exists(work.outputs / "program.err") && told()); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  program.send_signal(SIGINT);
  const auto result = program.wait();
  CHECK(result.status == 130);
  CHECK_THAT(result.out, contains("The pilot was interrupted after ") && contains("no estimate"));
  CHECK_THAT(result.err, contains("Interrupted: no further cells are begun"));
  CHECK(test::entries(temporary) == 0);
}

}  // namespace
}  // namespace predcorr
