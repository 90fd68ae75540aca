// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/statistics.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("a summary gives mean and standard error over seeds", "[results]") {
  // scipy.stats.sem([1.5, 2.25, -0.75, 4.0]) = 0.9842509842514764
  const Summary s = summarise({1.5, 2.25, -0.75, 4.0});
  CHECK(s.mean == test::close(1.75));
  REQUIRE(s.standard_error);
  CHECK(*s.standard_error == test::close(0.9842509842514764));
  CHECK(s.n == 4);
}

TEST_CASE("one seed has no standard error", "[results]") {
  const Summary s = summarise({3.5});
  CHECK(s.mean == 3.5);
  CHECK_FALSE(s.standard_error.has_value());
  CHECK(to_ordered_json(s).dump() == R"({"mean":3.5,"stderr":null,"n":1})");
}

TEST_CASE("equal values have a standard error of zero", "[results]") {
  CHECK(summarise({0.1, 0.1, 0.1}).standard_error.value() == Approx(0).margin(1e-16));
}

TEST_CASE("nothing cannot be summarised", "[results]") {
  CHECK(test::error_of([] { summarise({}); }) == "shape: summarise: there are no values");
}

}  // namespace
}  // namespace predcorr
