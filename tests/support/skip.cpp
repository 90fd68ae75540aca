// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // Catch2 2 declares listeners only then
#include "tests/support/skip.hpp"

#include <cstdlib>
#include <iostream>

#include "tests/support/catch.hpp"

namespace predcorr::test {
namespace {

#if __has_include(<catch2/catch_all.hpp>)
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

struct Counts {
  std::string running;      ///< the case
  bool is_skipped = false;  ///< that one, or a section of it
  int cases = 0, skipped = 0;
};
Counts& counts() {
  static Counts all;
  return all;
}

class SkipCounter : public Listener {
 public:
  using Listener::Listener;
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    Listener::testCaseStarting(info);
    counts().running = info.name;
    counts().is_skipped = false;
  }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    ++counts().cases;
    if (counts().is_skipped && stats.totals.assertions.failed == 0) ++counts().skipped;
    Listener::testCaseEnded(stats);
  }
};
CATCH_REGISTER_LISTENER(SkipCounter)

}  // namespace

void skip(const std::string& reason) {
  counts().is_skipped = true;
  std::cerr << "skipped: " << counts().running << " (" << reason << ")" << std::endl;
#if defined(SKIP)
  SKIP(reason);
  std::abort();  // it does not come back, which compilers are not told
#else
  throw Catch::TestFailureException();  // what a failed REQUIRE ends a case with, here without the failure
#endif
}

int exit_status(int of_catch) {
  const Counts& all = counts();
  if (all.skipped > 0)
    std::cerr << all.skipped << (all.skipped == 1 ? " case" : " cases") << " skipped of " << all.cases << std::endl;
  if (all.skipped > 0 && all.skipped == all.cases) return kSkippedStatus;
  // Catch2 counts failures, of which there might be as many; and Catch2 3 has a status of its own for skipped runs.
  return of_catch == 0 ? 0 : 1;
}

std::filesystem::path data_folder() {
  const char* folder = std::getenv("PREDCORR_DATA");
  if (folder == nullptr || *folder == '\0') skip("PREDCORR_DATA is not set");
  return folder;
}

void need(bool is_there, const std::string& what) {
  if (is_there) return;
  const char* all = std::getenv("PREDCORR_EXAMPLES");
  if (all != nullptr && *all != '\0') FAIL(what << " is not installed, and PREDCORR_EXAMPLES asks for all examples");
  skip(what + " is not installed");
}

}  // namespace predcorr::test
