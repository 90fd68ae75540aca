// SPDX-License-Identifier: Apache-2.0
// Cases that skip_test.cpp runs in a process of their own; hidden, so that nothing else runs them.
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

namespace predcorr {
namespace {

TEST_CASE("sample: skipped", "[.skip-sample]") {
  test::skip("a reason");
  CHECK(false);
}

TEST_CASE("sample: skipped in one of two sections", "[.skip-sample]") {
  SECTION("first") { test::skip("another reason"); }
  SECTION("second") { CHECK(true); }
}

TEST_CASE("sample: passes", "[.skip-sample]") { CHECK(true); }

TEST_CASE("sample: fails before it is skipped", "[.skip-sample]") {
  CHECK(false);
  test::skip("too late");
}

/// As many failures as a skipped run has for its exit status.
TEST_CASE("sample: fails often", "[.skip-sample]") {
  for (int i = 0; i < test::kSkippedStatus; ++i) CHECK(i < 0);
}

}  // namespace
}  // namespace predcorr
