// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("random: a whole pool is a permutation", "[metrics]") {
  Rows picks = test::select("random", {}, 50, 50).picks;
  CHECK(picks != consecutive_rows(0, 50));
  std::sort(picks.begin(), picks.end());
  CHECK(picks == consecutive_rows(0, 50));
}

TEST_CASE("random: the same stream picks the same, another one others", "[metrics]") {
  const Rows first = test::select("random", {}, 50, 10, 1).picks;
  CHECK(first == test::select("random", {}, 50, 10, 1).picks);
  CHECK(first != test::select("random", {}, 50, 10, 2).picks);
}

TEST_CASE("random: the prediction plays no part", "[metrics]") {
  const Selection with = test::select("random", test::random_prediction(60, 4, 1), 50, 10);
  CHECK(with.picks == test::select("random", {}, 50, 10).picks);
  CHECK(with.gains == std::vector<double>(10, 0.0));
}

TEST_CASE("random: every point is equally likely", "[metrics]") {
  // 4000 draws of 3 from 10: each point 1200 times, standard deviation sqrt(4000 * 0.3 * 0.7) = 29.
  std::vector<int> counts(10, 0);
  for (std::uint64_t seed = 0; seed < 4000; ++seed)
    for (const Index pick : test::select("random", {}, 10, 3, seed).picks) ++counts[static_cast<std::size_t>(pick)];
  for (const int count : counts) CHECK(std::abs(count - 1200) < 130);
}

}  // namespace
}  // namespace predcorr
