// SPDX-License-Identifier: Apache-2.0
#include "results/text/seed_ranges.hpp"

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

TEST_CASE("seed ranges: runs of seeds are written as suites write them", "[results]") {
  CHECK(seed_ranges({}) == "");
  CHECK(seed_ranges({7}) == "7");
  CHECK(seed_ranges({1, 2}) == "1..2");
  CHECK(seed_ranges({0, 2, 3, 4, 9, 11, 12}) == "0, 2..4, 9, 11..12");
  CHECK(seeds_in_words("7") == "seed 7");
  CHECK(seeds_in_words("1..2") == "seeds 1..2");
  CHECK(seed_ranges({18446744073709551614u, 18446744073709551615u}) == "18446744073709551614..18446744073709551615");
}

}  // namespace
}  // namespace predcorr
