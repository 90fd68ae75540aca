// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/normalised_score.hpp"

#include <limits>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("normalised score: 0 at the floor, 1 at the ceiling, whichever is larger", "[results]") {
  CHECK(normalised_score(2, 1, 5).value() == 0.25);
  CHECK(normalised_score(4, 5, 1).value() == 0.25);
  CHECK(normalised_score(1, 1, 5).value() == 0);
  CHECK(normalised_score(5, 1, 5).value() == 1);
  CHECK(normalised_score(-3, 1, 5).value() == -1);
  CHECK(normalised_score(9, 1, 5).value() == 2);
  CHECK(normalised_score(-1.25, -2, -1).value() == 0.75);
}

TEST_CASE("normalised score: units do not matter, at any scale", "[results]") {
  for (const double scale : {1e-300, 7.0, 1e307, -1e307})
    CHECK(normalised_score(2 * scale, -1 * scale, 5 * scale).value() == test::close(0.5));
  CHECK(normalised_score(1e308, -1.5e308, 1.5e308).value() == test::close(2.5 / 3));
}

TEST_CASE("normalised score: nothing between floor and ceiling", "[results]") {
  CHECK_FALSE(normalised_score(2, 3, 3));
  CHECK_FALSE(normalised_score(2, 0, 0));
  CHECK_FALSE(normalised_score(2, 3, 3 * (1 + 1e-13)));
  CHECK(normalised_score(3, 3, 3 * (1 + 1e-11)).value() == 0);
}

TEST_CASE("normalised score: refused", "[results]") {
  CHECK_THAT(test::error_of([] { normalised_score(1, 0, std::numeric_limits<double>::infinity()); }),
             test::contains("must be finite, got 1, 0 and inf"));
  CHECK_THAT(test::error_of([] { normalised_score(1e300, 0, 1e-300); }), test::contains("too far"));
}

}  // namespace
}  // namespace predcorr
