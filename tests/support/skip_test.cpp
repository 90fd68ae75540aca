// SPDX-License-Identifier: Apache-2.0
#include "tests/support/skip.hpp"

#include <sys/wait.h>

#include <cstdlib>

#include "core/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

using test::contains;

struct Outcome {
  int status;
  std::string text;
};

/// Runs hidden cases of skipped_cases.cpp. @param cases as Catch2 takes them, without "sample: "
Outcome run(const std::string& cases) {
  const test::TemporaryFolder folder;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string out = (folder / "out").string();
  const int status = std::system(("'" + program + "' " + cases + " >'" + out + "' 2>&1").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text_file(out)};
}

TEST_CASE("a run of nothing but skipped cases says so, also by its status", "[support]") {
  const Outcome one = run("'sample: skipped'");
  CHECK(one.status == test::kSkippedStatus);
  CHECK_THAT(one.text, contains("skipped: sample: skipped (a reason)\n") && contains("1 case skipped of 1\n"));
}

TEST_CASE("cases that ran beside skipped ones count, and the skipped ones are told", "[support]") {
  const Outcome two = run("'sample: skipped','sample: passes'");
  CHECK(two.status == 0);
  CHECK_THAT(two.text, contains("skipped: sample: skipped (a reason)\n") && contains("1 case skipped of 2\n"));
  const Outcome section = run("'sample: skipped in one of two sections','sample: passes'");
  CHECK(section.status == 0);
  CHECK_THAT(section.text, contains("two sections (another reason)\n") && contains("1 case skipped of 2\n") &&
                               contains("2 assertions"));  // the other section has run
  CHECK_THAT(run("'sample: passes'").text, !contains("skipped"));
}

TEST_CASE("a failure is never taken for a skip", "[support]") {
  const Outcome failed = run("'sample: fails before it is skipped'");
  CHECK(failed.status == 1);
  CHECK_THAT(failed.text, !contains("case skipped"));
  CHECK(run("'sample: skipped','sample: fails before it is skipped'").status == 1);
  CHECK(run("'sample: fails often'").status == 1);  // though 77 assertions fail
}

}  // namespace
}  // namespace predcorr
