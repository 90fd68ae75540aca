// SPDX-License-Identifier: Apache-2.0
#include "datasets/target_variation.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

TEST_CASE("variation: rounding is none, whatever the magnitude", "[datasets]") {
  for (const double magnitude : {1e-300, 1e-9, 1.0, 1e9, 1e300})
    for (const double sign : {-1.0, 1.0}) {
      const double y = sign * magnitude * 1.2345, ulp = std::nextafter(y, 2 * y) - y;
      INFO(y);
      CHECK_FALSE(varies(Vector{{y, y, y}}));
      CHECK_FALSE(varies(Vector{{y, y + 3 * ulp, y - 3 * ulp}}));
      CHECK(varies(Vector{{y, y + 100 * ulp, y}}));
      CHECK(varies(Vector{{y, -y}}));
    }
  CHECK_FALSE(varies(Vector{{0, 0}}));
  CHECK(varies(Vector{{0, std::numeric_limits<double>::denorm_min()}}));
  CHECK_FALSE(varies(Vector{{7}}));
  CHECK_FALSE(varies(Vector()));
  CHECK(varies(Vector{{1e9, 1e9 + 0.4}}));
}

TEST_CASE("variation: rows at random have two different targets where there are such", "[datasets]") {
  Vector rare = Vector::Zero(50);
  rare(31) = -2;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Rows rows = varied_rows(rare, 10, Stream(seed));
    CHECK(std::set<Index>(rows.begin(), rows.end()).size() == 10);
    CHECK(varies(rare(rows)));
    // The rows are those of a permutation but for, perhaps, the last.
    const Rows order = Stream(seed).permutation(50);
    CHECK(std::equal(rows.begin(), rows.end() - 1, order.begin()));
    const Rows plain = varied_rows(Vector::LinSpaced(50, 0, 1), 10, Stream(seed));
    CHECK(std::equal(plain.begin(), plain.end(), order.begin()));
  }
}

}  // namespace
}  // namespace predcorr
