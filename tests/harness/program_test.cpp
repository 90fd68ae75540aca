// SPDX-License-Identifier: Apache-2.0
// The program as users meet it: arguments, exit statuses, files, signals.
#include "tests/support/program.hpp"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "core/base/files.hpp"
#include "core/base/stream.hpp"
#include "core/base/text.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::run_program;

class Workplace {
 public:
  explicit Workplace(const Json& suite = test::tiny_suite()) {
    write_text_atomically(folder_ / "tiny.json", suite.dump());
  }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  std::vector<std::string> run_into(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"run", (folder_ / "tiny.json").string(), "--out", (folder_ / out).string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  test::ProgramResult operator()(const std::vector<std::string>& arguments) const {
    return run_program(arguments, folder_.path());
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  test::TemporaryFolder folder_;
};

TEST_CASE("a run prints a table and leaves files that fit their schemas", "[harness][schema]") {
  const Workplace at;
  const auto result = at(at.run_into("out"));
  CHECK(result.status == 0);
  CHECK_THAT(result.out,
             contains("toy (10 training, 30 pool, 20 test rows; ") && contains("meta-corr.") && contains("bmig"));
  CHECK_THAT(result.err, contains("done in"));
  CHECK(test::schema_errors(read_json_file(at / "out/leaderboard.json"), "leaderboard") == "");
  CHECK(test::schema_errors(read_json_file(at / "out/run.json"), "run") == "");
  CHECK_THAT(read_text_file(at / "out/leaderboard.md"), contains("## friedman-3"));
  int records = 0;
  for (const auto& entry : std::filesystem::directory_iterator(at / "out/cells"))
    if (entry.path().extension() == ".json") {
      CHECK(test::schema_errors(read_json_file(entry.path()), "record") == "");
      ++records;
    }
  CHECK(records == 34);
}

std::ptrdiff_t records_in(const std::filesystem::path& folder) {
  std::error_code status;  // the folder may not be there yet
  std::ptrdiff_t records = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "cells", status))
    if (entry.path().extension() == ".json" && entry.path().filename().string().front() != '.') ++records;
  return records;
}

/// Waits until a run has filed more than `before` records, however slow the machine is; gives up after half a minute.
void wait_for_records(const std::filesystem::path& folder, std::ptrdiff_t before) {
  for (int i = 0; i < 15000 && records_in(folder) <= before; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

TEST_CASE("killed at any moment and started again, a run ends with the same leaderboard", "[harness]") {
  const Workplace at;
  REQUIRE(at(at.run_into("whole", {"--threads", "1"})).status == 0);
  const std::ptrdiff_t all = records_in(at / "whole");
  REQUIRE(all == 34);
  Stream moments(11);
  int between = 0;  // kills after the first record and before the last
  for (int kill = 0; kill < 10 && records_in(at / "killed") < all; ++kill) {
    test::Program program(at.run_into("killed", {"--threads", "2"}), at.path());
    // Some before there is anything, the others soon after something new is there.
    if (kill % 3 != 0) wait_for_records(at / "killed", records_in(at / "killed"));
    std::this_thread::sleep_for(std::chrono::milliseconds(moments.index(30)));
    program.send_signal(SIGKILL);
    program.wait();
    const std::ptrdiff_t records = records_in(at / "killed");
    if (records > 0 && records < all) ++between;
  }
  CHECK(between > 0);
  CHECK(at(at.run_into("killed", {"--threads", "2"})).status == 0);
  CHECK(test::comparable_file(at / "killed") == test::comparable_file(at / "whole"));
}

TEST_CASE("Ctrl-C files what is done and says how to go on", "[harness]") {
  Json suite = test::tiny_suite();
  suite["seeds"] = "1..60";
  const Workplace at(suite);
  test::Program program(at.run_into("out", {"--threads", "1"}), at.path());
  wait_for_records(at / "out", 0);
  program.send_signal(SIGINT);
  const auto result = program.wait();
  CHECK(result.status == 130);
  CHECK_THAT(result.out, contains("not started") && contains("The same command goes on where it stopped."));
  // The board does not look complete.
  CHECK_THAT(result.out, contains("MISSING toy"));
  CHECK_FALSE(read_json_file(at / "out/leaderboard.json").at("missing").empty());
  CHECK_THAT(read_text_file(at / "out/leaderboard.md"), contains("- MISSING toy"));
}

TEST_CASE("a failed cell makes the exit status 1", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["models"] = {"constant", {{"model", "bbb"}, {"parameters", {{"learning_rate", 1e8}, {"epochs", 50}}}}};
  const Workplace at(suite);
  const auto result = at(at.run_into("out", {"--threads", "1"}));  // so that seed 1 is the first that fails
  CHECK(result.status == 1);
  CHECK_THAT(result.err, contains("FAILED toy bbb seed 1: training diverged"));
  CHECK_THAT(result.out, contains("4 cells done, 4 failed") && contains("tries the failed cells again"));
  CHECK_THAT(result.out, contains("0 of 2, 2 failed"));
  const auto board = at({"leaderboard", (at / "out").string(), "--partial"});
  CHECK(board.status == 1);
  CHECK_THAT(board.out, contains("0 of 2, 2 failed") && contains("FAILED toy bbb seeds 1..2: training diverged"));
}

TEST_CASE("bad input makes the exit status 2 and says what to do", "[harness]") {
  const Workplace at;
  write_text_atomically(at / "broken.json", "{\"name\": \"x\",\n  \"models\": [,]}");
  write_text_atomically(at / "bad.csv", "a,b\n1,2\n3,x\n");
  Json csv = test::tiny_suite();
  csv["datasets"] = {{{"dataset", "csv"}, {"parameters", {{"file", "bad.csv"}}}}};
  csv.erase("active_learning");
  csv["models"] = {"constant"};
  write_text_atomically(at / "csv.json", csv.dump());
  const auto out = (at / "o").string();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"run", "nosuch"}, "no suite file 'nosuch'"},
      {{"run", (at / "broken.json").string()}, "broken.json: line 2, column"},
      {{"run", (at / "csv.json").string(), "--out", out}, "bad.csv:3: column 2 ('b'): 'x' is not a finite number"},
      {at.run_into("o", {"--seeds", "5..1"}), "--seeds"},
      {at.run_into("o", {"--shard", "2of3"}), "--shard"},
      {at.run_into("o", {"--only", "gq"}), "did you mean 'gp'?"},
      {{"leaderboard", (at / "nowhere").string()}, "there is no run in it"},
      {{"fetch", "bostn"}, "did you mean 'boston'?"},
      {{"list", "modles"}, "modles"},
      {{"frobnicate"}, "frobnicate"},
      {{}, "subcommand"},
  };
  for (const auto& [arguments, expected] : cases) {
    const auto result = at(arguments);
    INFO(comma_list(arguments));
    CHECK(result.status == 2);
    CHECK_THAT(result.err + result.out, contains(expected));
  }
}

TEST_CASE("an output folder that cannot be written stops the run at once", "[harness]") {
  const Workplace at;
  write_text_atomically(at / "file", "in the way");
  CHECK_THAT(at(at.run_into("file")).err, contains("cannot be made"));
  if (::access("/dev/full", W_OK) == 0 && std::filesystem::is_directory("/proc/self/fd")) {
    const auto result = at({"run", (at / "tiny.json").string(), "--out", "/proc/self/fd/run"});
    CHECK(result.status == 2);
    CHECK_THAT(result.err, contains("/proc/self/fd/run"));
  }
}

TEST_CASE("folders of shards join into one leaderboard", "[harness][schema]") {
  const Workplace at;
  REQUIRE(at(at.run_into("whole")).status == 0);
  REQUIRE(at(at.run_into("a", {"--shard", "1/2"})).status == 0);
  REQUIRE(at(at.run_into("b", {"--shard", "2/2"})).status == 0);
  const auto result = at(
      {"leaderboard", (at / "a").string(), (at / "b").string(), "--format", "json", "--out", (at / "both").string()});
  REQUIRE(result.status == 0);
  const Json board = parse_json(result.out, "output");
  CHECK(test::schema_errors(board, "leaderboard") == "");
  CHECK(board == read_json_file(at / "both/leaderboard.json"));
  CHECK(board.at("datasets") == read_json_file(at / "whole/leaderboard.json").at("datasets"));
}

TEST_CASE("a missing shard is named, and an error unless it is asked for", "[harness][schema]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["seeds"] = "1..3";
  const Workplace at(suite);
  const std::string out = (at / "out").string();
  REQUIRE(at(at.run_into("out", {"--shard", "1/2"})).status == 0);  // what was told was done
  const auto board = at({"leaderboard", out});
  CHECK(board.status == 1);
  CHECK_THAT(board.out, contains("MISSING toy seeds 1, 3: constant, ridge") && contains("2 of 3"));
  CHECK_THAT(board.err, contains("planned cells have no result") && contains("--partial"));
  CHECK(at({"leaderboard", out, "--partial"}).status == 0);
  CHECK(test::schema_errors(read_json_file(at / "out/leaderboard.json"), "leaderboard") == "");

  // Exports and pools lack the same.
  const auto exported = at({"export", out});
  CHECK(exported.status == 1);
  CHECK_THAT(exported.err, contains("MISSING toy seeds 1, 3: constant, ridge"));
  CHECK(at({"export", out, "--partial"}).status == 0);
  CHECK(at({"export", out, "--only", "constant", "--only", "toy", "--seeds", "2"}).status == 0);
  std::vector<std::string> freeze = {"freeze", out, "--models",  "constant", "--datasets", "toy",
                                     "--name", "x", "--version", "1",        "--out",      (at / "pools").string()};
  const auto frozen = at(freeze);
  CHECK(frozen.status == 1);
  CHECK_THAT(frozen.err, contains("MISSING toy seeds 1, 3: constant\n"));
  CHECK_FALSE(std::filesystem::exists(at / "pools/x-v1"));
  freeze.push_back("--partial");
  CHECK(at(freeze).status == 0);
  CHECK(std::filesystem::exists(at / "pools/x-v1"));
}

TEST_CASE("list, help and version tell what there is", "[harness]") {
  const Workplace at;
  CHECK_THAT(at({"list", "all"}).out, contains("smallest_noise_variance = 0.0001   number, above 0") &&
                                          contains("bmig") && contains("xll") && contains("friedman-2") &&
                                          contains("file = must be given") && contains("quick"));
  CHECK_THAT(at({"list"}).out, contains("bmig") && contains("xll") && contains("friedman-2") && contains("quick") &&
                                   !contains("smallest_noise_variance"));
  CHECK_THAT(at({"list", "criteria"}).out, contains("initial = \"all\"") && contains("update = \"refit\""));
  CHECK_THAT(at({"list", "models"}).out, contains("nngp") && !contains("friedman") && !contains("smallest_noise"));
  // By name, of whatever kind: one is a kernel and no model, one a criterion and a model of no kind.
  CHECK_THAT(at({"list", "gp"}).out, contains("smallest_noise_variance") && !contains("nngp"));
  CHECK_THAT(at({"list", "matern"}).out, contains("smoothness = "));
  CHECK_THAT(at({"list", "networks"}).out, contains("resnet-20: 28 x 28 x 1; convolution 3x3: 28 x 28 x 16"));
  CHECK_THAT(at({"list", "vgg-8"}).out, contains("dense: 64") && !contains("resnet"));
  CHECK_THAT(at({"list", "metrics"}).out, contains("root mean square error of the mean (RMSE)\n") &&
                                              contains(" (XLL, XLLR)\n") && !contains("nngp"));
  CHECK_THAT(at({"list", "rmse"}).out,
             contains("score rmse (head \"RMSE\", target units, lower is better): root mean square error of the mean"));
  CHECK_THAT(at({"list", "r_statistic"}).out,
             contains("score r_statistic.std (head \"r std\"): ") && contains("bins = 30"));
  CHECK_THAT(at({"list", "xll"}).out, contains("score xll.* (nats per point, higher is better)"));
  CHECK_THAT(at({"list", "suites"}).out, contains("  validity-fresh: "));
  for (const std::string command : {"list", "fetch", "validate", "run", "leaderboard", "calibrate", "check", "score",
                                    "diagnostics", "export", "freeze", "validity"}) {
    const auto help = at({command, "--help"});
    CHECK(help.status == 0);
    CHECK_THAT(help.out, contains("Usage") && contains("Examples:\n  predcorr " + command + " "));
  }
  CHECK_THAT(at({"--version"}).out, contains("predcorr 0.1.0"));
}

TEST_CASE("calibrate leaves a report and predictions", "[harness][schema]") {
  const Workplace at;
  std::string text = "a;b;y\n";
  Stream stream(3);
  for (int i = 0; i < 60; ++i) {
    const double a = stream.normal(), b = stream.normal();
    text += fmt::format("{};{};{}\n", a, b, a * b + 0.1 * stream.normal());
  }
  write_text_atomically(at / "lab.csv", text);
  write_text_atomically(at / "new.csv", "b,a\n1,2\n-1,0.5\n");
  const auto calibrate = [&](std::vector<std::string> more) {
    std::vector<std::string> all = {"calibrate",           (at / "lab.csv").string(), "--target", "y",       "--out",
                                    (at / "out").string(), "--inner-folds",           "2",        "--folds", "2"};
    all.insert(all.end(), more.begin(), more.end());
    return at(all);
  };
  const auto result = calibrate({"--predict", (at / "new.csv").string(), "--model",
                                 R"({"model": "random-forest", "parameters": {"members": 20}})"});
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, contains("# Error bars for y") && contains("sigma_cal = "));
  CHECK(read_text_file(at / "out/report.md") + "\n" ==
        result.out.substr(0, read_text_file(at / "out/report.md").size() + 1));
  CHECK(test::schema_errors(read_json_file(at / "out/report.json"), "calibration") == "");
  const std::string predictions = read_text_file(at / "out/predictions.csv");
  CHECK(std::count(predictions.begin(), predictions.end(), '\n') == 3);
  const auto wrong = calibrate({"--form", "linaer"});
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, contains("linaer") && contains("isotonic"));
  CHECK(calibrate({"--model", "{\"model\": "}).status == 2);
}

/// `rows` rows of a, y where y = offset + slope a.
std::string line_table(int rows, double offset, double slope = 1) {
  std::string text = "a,y\n";
  for (int i = 0; i < rows; ++i) text += fmt::format("{},{}\n", i, offset + slope * i + (i * i % 5));
  return text;
}

TEST_CASE("a data file is looked for beside the suite, then in --data, not in the working folder", "[harness]") {
  const Workplace at;
  for (const char* folder : {"suite", "data", "working"}) std::filesystem::create_directories(at / folder);
  const Json suite = {{"name", "s"},
                      {"protocol", "modern"},
                      {"datasets", {{{"dataset", "csv"}, {"label", "t"}, {"parameters", {{"file", "t.csv"}}}}}},
                      {"models", {"constant"}},
                      {"seeds", "1"}};
  write_text_atomically(at / "suite/s.json", suite.dump());
  write_text_atomically(at / "working/t.csv", line_table(50, 0));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(at / "working");
  const auto run = [&](const char* out) {
    return at({"run", "../suite/s.json", "--data", "../data", "--out", (at / out).string(), "--threads", "1"});
  };
  const auto nowhere = run("a");
  write_text_atomically(at / "data/t.csv", line_table(30, 0));
  const auto in_data = run("b");
  write_text_atomically(at / "suite/t.csv", line_table(20, 0));
  const auto beside = run("c");
  std::filesystem::current_path(before);
  CHECK(nowhere.status == 2);
  CHECK_THAT(nowhere.err, contains("t.csv: no such file") && contains("one in the working folder"));
  CHECK_THAT(in_data.err, contains("../data/t.csv: 30 rows"));
  CHECK_THAT(beside.err, contains("../suite/t.csv: 20 rows") &&
                             contains("../data/t.csv is another file of that name, which was not taken"));
}

TEST_CASE("calibrate: the header is said once for both tables, and what was taken for what is said", "[harness]") {
  const Workplace at;
  std::string text = "400,410,y\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{}.5,{},0.{}\n", i, i * i % 7, i);
  write_text_atomically(at / "lab.csv", text);
  write_text_atomically(at / "new.csv", "410,400\n1,2\n3,4\n");
  const auto calibrate = [&](const char* file, std::vector<std::string> more) {
    std::vector<std::string> all = {"calibrate", (at / file).string(), "--model", "ridge",
                                    "--out",     (at / "out").string()};
    all.insert(all.end(), more.begin(), more.end());
    return at(all);
  };
  const auto result =
      calibrate("lab.csv", {"--target", "y", "--header", "yes", "--predict", (at / "new.csv").string()});
  INFO(result.err);
  REQUIRE(result.status == 0);
  const std::string predictions = read_text_file(at / "out/predictions.csv");
  CHECK(std::count(predictions.begin(), predictions.end(), '\n') == 3);
  // Without a word the first line of numbers is data, and that is said on standard error and in the report.
  write_text_atomically(at / "numbers.csv", "400,410,420\n" + text.substr(text.find('\n') + 1));
  const auto silent = calibrate("numbers.csv", {"--target", "-1"});
  REQUIRE(silent.status == 0);
  for (const std::string& where : {silent.err, silent.out, read_text_file(at / "out/report.md")})
    CHECK_THAT(where, contains("WARNING: line 1 (400, 410, 420) is taken as data") && contains("--header yes"));
}

TEST_CASE("calibrate: a table that is no UTF-8 is refused before any work, a file's name may be", "[harness]") {
  const Workplace at;
  std::string text = line_table(40, 0);
  write_text_atomically(at / "latin.csv", "H\xE4rte" + text.substr(1));
  const auto calibrate = [&](const std::string& file) {
    return at({"calibrate", (at / file).string(), "--target", "y", "--model", "ridge", "--out", (at / "out").string()});
  };
  const auto refused = calibrate("latin.csv");
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, contains("latin.csv:1: is not UTF-8 text") && !contains("unexpected"));
  write_text_atomically(at / "H\xE4rte.csv", text);
  CHECK(calibrate("H\xE4rte.csv").status == 0);
  CHECK(read_json_file(at / "out/report.json").at("data").at("file") == "H\xEF\xBF\xBDrte.csv");
}

}  // namespace
}  // namespace predcorr
