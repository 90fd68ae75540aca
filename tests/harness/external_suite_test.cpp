// SPDX-License-Identifier: Apache-2.0
// External models in whole runs: the same bits always, scripts that change, programs that outlive nothing.
#include <signal.h>

#include <chrono>
#include <thread>

#include "core/base/files.hpp"
#include "results/store/store.hpp"
#include "tests/support/external_models.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;

/// A model whose draws are NumPy's; it says what it does.
const char* const kDraws = R"(import numpy as np
from predcorr_model import serve

def fit(x, y, seed, parameters):
    print("fitted", len(y), "rows")
    w = np.random.normal(0, 0.1, (20, x.shape[1])) + np.linalg.lstsq(x, y, rcond=None)[0]
    return lambda q: dict(samples=w @ q.T, noise_var=parameters["noise"])

serve(fit)
)";

/// A folder with a script and a suite that names it without a path.
struct Workplace {
  test::TemporaryFolder folder;
  explicit Workplace(const std::string& script = kDraws, const Json& more = Json::object()) {
    test::written(folder, "draws.py", script);
    Json parameters = {{"command", {"python3", "draws.py"}}, {"parameters", {{"noise", 0.1}}}};
    parameters.update(more);
    const Json draws = {{"model", "external"}, {"label", "draws"}, {"parameters", parameters}};
    Json suite = test::tiny_suite();
    suite["models"] = {
        "oracle",
        "constant",
        draws,
        {{"model", "bootstrap"}, {"label", "wrapped"}, {"parameters", {{"base", draws}, {"members", 5}}}}};
    suite["models"][3]["parameters"]["base"].erase("label");
    suite["active_learning"]["models"] = {"draws"};
    suite["active_learning"]["predictors"] = {"self", "wrapped"};
    suite["seeds"] = "1..2";
    test::written(folder, "suite.json", suite.dump());
  }
  std::vector<std::string> arguments(const std::string& out, const std::string& threads) const {
    return {"run", (folder / "suite.json").string(), "--out", (folder / out).string(), "--threads", threads};
  }
  test::ProgramResult run(const std::string& out, const std::string& threads) const {
    return test::run_program(arguments(out, threads), folder.path());
  }
  std::string board(const std::string& out) const { return test::comparable_file(folder / out); }
};

TEST_CASE("external models give the same bits on any number of threads, resumed or not, until the script changes",
          "[harness][schema]") {
  const Workplace at;
  const auto whole = at.run("one", "1");
  INFO(whole.err);
  REQUIRE(whole.status == 0);
  CHECK(at.run("two", "2").status == 0);
  CHECK(at.board("two") == at.board("one"));

  int logs = 0;
  std::vector<std::filesystem::path> cells;
  for (const auto& entry : std::filesystem::directory_iterator(at.folder / "two/cells"))
    if (entry.path().extension() == ".json") {
      const Json record = read_json_file(entry.path());
      CHECK(test::schema_errors(record, "record") == "");
      cells.push_back(entry.path());
      if (!record.contains("log")) continue;
      ++logs;
      CHECK_THAT(record.at("log").get<std::string>(), contains("fitted ") && contains(" rows\n"));
      CHECK(record.at("model").at("content").at("files").size() == 1);
    }
  CHECK(logs == 4);
  std::sort(cells.begin(), cells.end());
  for (std::size_t i = 0; i < cells.size(); i += 2) std::filesystem::remove(cells[i]);
  CHECK(at.run("two", "2").status == 0);
  CHECK(at.board("two") == at.board("one"));

  CHECK_THAT(at.run("one", "1").err, !contains("draws seed"));  // nothing is left to do
  test::written(at.folder, "draws.py", std::string(kDraws) + "# changed\n");
  const auto changed = at.run("one", "1");
  CHECK(changed.status == 0);
  CHECK_THAT(changed.err, contains("toy draws seed 1") && contains("toy wrapped seed 1") && contains("bmig draws") &&
                              !contains("constant seed"));
  CHECK(at.board("one") == at.board("two"));
  CHECK(test::none_naming((at.folder / "draws.py").string()));
}

TEST_CASE("a failed external model is a failed cell with its reason and its log", "[harness][schema]") {
  const Workplace at("import sys\nprint('about to fail', file=sys.stderr)\nsys.exit(7)\n");
  const auto result = at.run("out", "1");
  CHECK(result.status == 1);
  CHECK_THAT(result.err, contains("FAILED toy draws seed 1: external model 'python3 draws.py': fit: the program ended "
                                  "with exit status 7 before it answered; last on its standard error: about to fail"));
  int failed = 0;
  for (const StoreContents contents = Store::open_for_reading(at.folder / "out").all();
       const Record& record : contents.records) {
    CHECK(test::schema_errors(record_to_json(record), "record") == "");
    if (!record.failed || record.identity.value("model", Json::object()).value("name", "") != "external") continue;
    ++failed;
    CHECK(record.log == "about to fail\n");
    CHECK(record.cost.fit_seconds > 0);  // what it took to fail
  }
  CHECK(failed == 4);
}

TEST_CASE("a killed run leaves no process and no files of an external model", "[harness]") {
  const std::string hang =
      "import os, subprocess, sys, time\nsubprocess.Popen(['sh', '-c', 'sleep 60; :', sys.argv[0]])\n"
      "subprocess.Popen(['sh', '-c', 'sleep 60; :', sys.argv[0]], start_new_session=True)\n"
      "open(sys.argv[0] + '.started', 'w')\ntime.sleep(60)\n";
  for (const int signal : {SIGKILL, SIGINT}) {
    const Workplace at(hang);
    std::filesystem::create_directory(at.folder / "tmp");
    const test::Environment temporary("TMPDIR", (at.folder / "tmp").c_str());
    test::Program program(at.arguments("out", "2"), at.folder.path());
    const auto started = at.folder / "draws.py.started";
    for (int i = 0; i < 6000 && !std::filesystem::exists(started); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(test::processes_naming((at.folder / "draws.py").string()).size() >= 3);
    program.send_signal(signal);
    const auto result = program.wait();
    CHECK(result.status == 128 + signal);
    if (signal == SIGINT) {  // no wait for an answer, and no failure of what was cut short
      CHECK_THAT(result.err, contains("Interrupted: ") && !contains("FAILED"));
      CHECK_THAT(result.out, contains(" 0 failed, ") && contains(" not started"));
      const StoreContents contents = Store::open_for_reading(at.folder / "out").all();
      for (const Record& record : contents.records) CHECK_FALSE(record.failed);
    }
    CHECK(test::none_naming((at.folder / "draws.py").string()));
    for (int i = 0; i < 3000 && !std::filesystem::is_empty(at.folder / "tmp"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(std::filesystem::is_empty(at.folder / "tmp"));
  }
}

TEST_CASE("the documented PyTorch model comes onto the leaderboard and passes all checks", "[harness]") {
  test::need(test::has_python("torch"), "PyTorch");
  const test::TemporaryFolder folder;
  for (const char* file : {"my_model.py", "my_suite.json"})
    test::written(folder, file, read_text_file(std::filesystem::path(PREDCORR_DOCS_FILES) / file));
  const test::WorkingFolder there(folder.path());
  const auto run = test::run_program({"run", "my_suite.json", "--seeds", "1"}, folder.path());
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK_THAT(run.out, contains("  my model ") && contains(", 0 failed"));
  const Json board = read_json_file(folder / "results/runs/mine/leaderboard.json");
  CHECK(test::schema_errors(board, "leaderboard") == "");
  const auto check = test::run_program(
      {"check", R"({"model": "external", "parameters": {"command": ["python3", "my_model.py"]}})"}, folder.path());
  CHECK_THAT(check.out, contains("22 passed, 0 failed, 1 not applicable"));
}

}  // namespace
}  // namespace predcorr
