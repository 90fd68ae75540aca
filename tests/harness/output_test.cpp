// SPDX-License-Identifier: Apache-2.0
// Where the program's output goes: full disks, readers that leave, descriptors that are closed; and what it refuses to
// print as it is.
#include "harness/output.hpp"

#include <unistd.h>

#include <cstdlib>

#include "core/base/files.hpp"
#include "results/store/store.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;

/// A suite of a second, and a shell to call the program from.
struct Workplace {
  test::TemporaryFolder folder;
  Workplace() {
    Json suite = test::tiny_suite();
    suite.erase("active_learning");
    suite["models"] = {"constant", "ridge"};
    suite["seeds"] = {1};
    test::written(folder, "s.json", suite.dump());
  }

  /// @param command with `predcorr` for the program; what it prints on standard error goes to a file
  int shell(const std::string& command) const {
    const std::string all = "cd '" + folder.path().string() + "' && predcorr() { '" PREDCORR_PROGRAM "' \"$@\"; }; { " +
                            command + "; } 2>errors";
    const int status = std::system(("bash -c " + quoted(all)).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string errors() const { return read_text_file(folder / "errors"); }

 private:
  static std::string quoted(const std::string& text) {
    std::string all = "'";
    for (const char c : text) all += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return all + "'";
  }
};

TEST_CASE("output that cannot be written is no success", "[harness]") {
  if (::access("/dev/full", W_OK) != 0) test::skip("there is no /dev/full");
  const Workplace at;
  REQUIRE(at.shell("predcorr run s.json --out ok >/dev/null") == 0);
  for (const char* command :
       {"predcorr leaderboard ok", "predcorr leaderboard ok --format json", "predcorr run s.json --out ok",
        "predcorr list all", "predcorr list", "predcorr --help", "predcorr --version", "predcorr list models"}) {
    INFO(command);
    CHECK(at.shell(std::string(command) + " >/dev/full") == 2);
    CHECK_THAT(at.errors(), contains("predcorr: standard output cannot be written: No space left on device"));
  }
  // An error message that cannot be written is lost; the status is not.
  CHECK(at.shell("predcorr leaderboard nowhere 2>/dev/full") == 2);
  CHECK(at.shell("predcorr run s.json --out other >/dev/null 2>/dev/full") == 0);
}

TEST_CASE("a reader that leaves ends the program without a word, and no run", "[harness]") {
  const Workplace at;
  for (const char* ignored : {"", "trap '' PIPE; "}) {  // as a shell and as Python start it
    INFO(ignored);
    // It begins when the reader has gone.
    const auto piped = [&](const std::string& command) {
      return at.shell(ignored + ("{ sleep 0.3; " + command + "; exit $?; } | true; exit ${PIPESTATUS[0]}"));
    };
    CHECK(piped("predcorr list all") == 141);
    CHECK(at.errors().empty());
    std::filesystem::remove_all(at.folder / "out");
    CHECK(piped("predcorr run s.json --out out 2>&1") == 141);
    CHECK(std::filesystem::exists(at.folder / "out/leaderboard.json"));
  }
}

TEST_CASE("closed standard streams are not taken for files of results", "[harness]") {
  const Workplace at;
  REQUIRE(at.shell("predcorr run s.json --out whole --threads 1 >/dev/null") == 0);
  for (const char* closed : {"2>&- >/dev/null", ">&-", "<&- >/dev/null", "<&- >&- 2>&-"}) {
    INFO(closed);
    std::filesystem::remove_all(at.folder / "out");
    CHECK(at.shell("predcorr run s.json --out out --threads 1 " + std::string(closed)) == 0);
    CHECK(test::comparable_file(at.folder / "out") == test::comparable_file(at.folder / "whole"));
    CHECK(at.shell("predcorr leaderboard out >/dev/null") == 0);  // which reads what it needs of the predictions
    CHECK(at.errors().empty());
  }
}

TEST_CASE("what a terminal would take for a command is not printed", "[harness]") {
  const Workplace at;
  CHECK(at.shell("predcorr leaderboard $'no\\e[31mwhere'") == 2);
  CHECK_THAT(at.errors(), contains("predcorr: no\\u001b[31mwhere: there is no run in it"));
  CHECK(at.shell("predcorr run \"$(head -c 100000 /dev/zero | tr '\\0' x)\"") == 2);
  CHECK_THAT(at.errors(), contains("xxx... (") && contains(" bytes in all)"));
  CHECK(at.errors().size() < 5000);
}

TEST_CASE("values that make no sense are refused", "[harness]") {
  const Workplace at;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"run s.json --out o --references ''", "--references: must not be empty"},
      {"run s.json --out o --seeds ''", "--seeds: must not be empty"},
      {"run s.json --out ''", "--out: must not be empty"},
      {"run s.json --out o --shard ''", "--shard: must not be empty"},
      {"run s.json --out o --shard 4294967297/4294967297", "--shard: must be I/N"},
      {"run s.json --out o --shard 2/1", "--shard: must be I/N"},
      {"run s.json --out o --shard 0/1", "--shard: must be I/N"},
      {"run s.json --out o --shard 1/2/3", "--shard: must be I/N"},
      {"run s.json --out o --shard ' 1/2'", "--shard: must be I/N"},
      {"run s.json --out o --seeds 1..100001", "at most 100000 seeds"},
      {"calibrate /dev/zero --target y", "/dev/zero: is a pipe or a device"},
  };
  for (const auto& [command, expected] : cases) {
    INFO(command);
    CHECK(at.shell("predcorr " + command + " >out") == 2);
    CHECK_THAT(at.errors() + read_text_file(at.folder / "out"), contains(expected));
  }
  CHECK_FALSE(std::filesystem::exists(at.folder / "o"));
}

TEST_CASE("calibrate leaves nothing of an earlier call beside its report", "[harness]") {
  const Workplace at;
  std::string table = "a,y\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{}\n", i, (i * i) % 17);
  test::written(at.folder, "t.csv", table);
  test::written(at.folder, "new.csv", "a\n3.5\n");
  const std::string calibrate = "predcorr calibrate t.csv --target y --model ridge --folds 2 --inner-folds 2 --out c ";
  REQUIRE(at.shell(calibrate + "--predict new.csv >/dev/null") == 0);
  CHECK(std::filesystem::exists(at.folder / "c/predictions.csv"));
  REQUIRE(at.shell(calibrate + ">/dev/null") == 0);
  CHECK(std::filesystem::exists(at.folder / "c/report.json"));
  CHECK_FALSE(std::filesystem::exists(at.folder / "c/predictions.csv"));
}

// An emulator has no room for the address sanitizer's shadow memory.
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if !__has_feature(address_sanitizer)
TEST_CASE("a processor below the level of the build is named before anything else runs", "[harness]") {
  test::need(std::system("command -v qemu-x86_64 >/dev/null 2>&1") == 0, "qemu-x86_64 (Debian: qemu-user)");
  const Workplace at;
  const int status = at.shell("qemu-x86_64 -cpu Nehalem '" PREDCORR_PROGRAM "' --version >out");
  if (at.errors().find("was built for") == std::string::npos) {  // for any x86-64
    CHECK(status == 0);
    return;
  }
  CHECK(status == 2);
  CHECK_THAT(at.errors(), contains("predcorr: this predcorr was built for x86-64-v") &&
                              contains("which this processor lacks; build it with PREDCORR_PRESET=portable"));
  CHECK(read_text_file(at.folder / "out").empty());
}
#endif

}  // namespace
}  // namespace predcorr
