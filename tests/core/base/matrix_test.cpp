// SPDX-License-Identifier: Apache-2.0
#include "core/base/matrix.hpp"

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

TEST_CASE("Consecutive rows start where they are told", "[core]") {
  CHECK(consecutive_rows(0, 4) == Rows{0, 1, 2, 3});
  CHECK(consecutive_rows(7, 2) == Rows{7, 8});
  CHECK(consecutive_rows(5, 0).empty());
}

TEST_CASE("Joined rows keep their order and their repetitions", "[core]") {
  CHECK(joined({3, 1}, {2, 3}) == Rows{3, 1, 2, 3});
  CHECK(joined({}, {2}) == Rows{2});
  CHECK(joined({2}, {}) == Rows{2});
}

TEST_CASE("Rows pick points in the order given", "[core]") {
  Matrix x(3, 2);
  x << 1, 2, 3, 4, 5, 6;
  const Rows rows = {2, 0, 2};
  const Matrix picked = x(rows, Eigen::all);
  CHECK(picked.col(0) == Eigen::Vector3d(5, 1, 5));
  CHECK(picked.col(1) == Eigen::Vector3d(6, 2, 6));
}

TEST_CASE("Products are blocked in the same way on every machine", "[core]") {
  CHECK(Eigen::l1CacheSize() == 32 << 10);
  CHECK(Eigen::l2CacheSize() == 512 << 10);
  CHECK(Eigen::l3CacheSize() == 8 << 20);
}

}  // namespace
}  // namespace predcorr
