// SPDX-License-Identifier: Apache-2.0
// Commands that meet a run folder that others work on.
#include "core/base/files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::run_program;

std::vector<std::string> run_into(const test::TemporaryFolder& at, const std::string& out,
                                  const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"run", (at / "tiny.json").string(), "--out", (at / out).string(), "--threads", "1"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_CASE("shards that run into one folder at one time leave the whole leaderboard", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  const test::TemporaryFolder at;
  write_text_atomically(at / "tiny.json", suite.dump());
  REQUIRE(run_program(run_into(at, "whole"), at.path()).status == 0);
  for (int round = 0; round < 3; ++round) {
    const std::string out = fmt::format("shared-{}", round);
    std::vector<test::Program> shards;
    std::vector<fs::path> places;
    for (const char* shard : {"1/3", "2/3", "3/3"}) {
      places.push_back(at / fmt::format("output-{}", shard[0]));
      make_folder(places.back());
      shards.emplace_back(run_into(at, out, {"--shard", shard}), places.back());
    }
    for (test::Program& shard : shards) {
      const test::ProgramResult result = shard.wait();
      INFO(result.err);
      CHECK(result.status <= 1);  // whoever comes first may say that cells are missing
    }
    CHECK(test::comparable_file(at / out) == test::comparable_file(at / "whole"));
  }
}

}  // namespace
}  // namespace predcorr
