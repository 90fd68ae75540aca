// SPDX-License-Identifier: Apache-2.0
#include "models/trees/feature_ranks.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// Column 0 without ties, column 1 with many, column 2 constant.
Matrix inputs(Index n) {
  Stream stream(4);
  Matrix x(n, 3);
  for (Index i = 0; i < n; ++i) x.row(i) << stream.normal(), static_cast<double>(stream.index(6)), 0.7;
  return x;
}

TEST_CASE("feature ranks: orders, ranks and levels of a small example", "[models]") {
  const Matrix x = (Matrix(5, 1) << 3, -1, 3, 0.5, -1).finished();
  const FeatureRanks ranks(x);
  CHECK(std::vector<std::uint32_t>(ranks.order(0), ranks.order(0) + 5) == std::vector<std::uint32_t>{1, 4, 3, 0, 2});
  CHECK(std::vector<std::uint32_t>(ranks.ranks(0), ranks.ranks(0) + 5) == std::vector<std::uint32_t>{2, 0, 2, 1, 0});
  CHECK(ranks.levels(0) == 3);
  CHECK(ranks.has_ties(0));
  CHECK(ranks.threshold(0, 0, 1) == -0.25);
  CHECK(ranks.threshold(0, 0, 2) == 1);
}

TEST_CASE("feature ranks: orders are sorted permutations and ranks follow values", "[models]") {
  const Matrix x = inputs(200);
  const FeatureRanks ranks(x);
  CHECK_FALSE(ranks.has_ties(0));
  CHECK(ranks.levels(2) == 1);
  for (Index f = 0; f < 3; ++f) {
    std::set<std::uint32_t> seen;
    for (Index i = 0; i < 200; ++i) {
      seen.insert(ranks.order(f)[i]);
      if (i == 0) continue;
      const std::uint32_t a = ranks.order(f)[i - 1], b = ranks.order(f)[i];
      REQUIRE(x(a, f) <= x(b, f));
      REQUIRE((ranks.ranks(f)[a] == ranks.ranks(f)[b]) == (x(a, f) == x(b, f)));
      if (x(a, f) == x(b, f)) REQUIRE(a < b);
    }
    CHECK(seen.size() == 200);
  }
}

TEST_CASE("feature ranks: -0 and 0 are one value", "[models]") {
  const FeatureRanks ranks((Matrix(2, 1) << 0.0, -0.0).finished());
  CHECK(ranks.levels(0) == 1);
}

TEST_CASE("feature ranks: a midpoint separates even neighbouring and huge numbers", "[models]") {
  const double next = std::nextafter(1.0, 2.0), huge = std::numeric_limits<double>::max();
  CHECK(midpoint(1, next) == 1);
  CHECK(midpoint(1, 2) == 1.5);
  CHECK(midpoint(-huge, huge) == 0);
  CHECK(std::isfinite(midpoint(huge / 2, huge)));
  const double denormal = std::numeric_limits<double>::denorm_min();
  CHECK(midpoint(0, denormal) == 0);
  CHECK(midpoint(-denormal, 0) == -denormal);
}

TEST_CASE("feature ranks: bins have about equal shares of the rows, and thresholds between them", "[models]") {
  const Matrix x = inputs(1000);
  const FeatureRanks exact(x), binned = FeatureRanks::binned(x, 16);
  CHECK(binned.levels(0) == 16);
  std::vector<int> count(16, 0);
  for (Index i = 0; i < 1000; ++i) ++count[binned.ranks(0)[i]];
  for (const int c : count) CHECK(std::abs(c - 62.5) <= 1);  // 1000 rows without ties
  for (std::uint32_t b = 0; b + 1 < 16; ++b)
    for (Index i = 0; i < 1000; ++i) REQUIRE((binned.ranks(0)[i] <= b) == (x(i, 0) <= binned.threshold(0, b, b + 1)));
  // Columns with few values keep them all.
  CHECK(binned.levels(1) == 6);
  for (Index i = 0; i < 1000; ++i) REQUIRE(binned.ranks(1)[i] == exact.ranks(1)[i]);
}

TEST_CASE("feature ranks: a value that most rows share does not take other values' bins", "[models]") {
  Matrix x = inputs(1000).leftCols(1);
  x.topRows(700).setZero();
  const FeatureRanks binned = FeatureRanks::binned(x, 10);
  CHECK(binned.levels(0) == 10);
}

TEST_CASE("feature ranks: one bin is refused", "[models]") {
  CHECK(test::error_of([] { FeatureRanks::binned(Matrix::Ones(2, 1), 1); }) ==
        "shape: feature ranks: at least 2 bins are needed, got 1");
}

}  // namespace
}  // namespace predcorr::models
