// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.hpp"

#include <atomic>
#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("Every index is called exactly once", "[core]") {
  for (const Index count : {1, 2, 1000}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
    parallel_for(count, [&](Index i) { ++calls.at(static_cast<std::size_t>(i)); });
    for (const auto& c : calls) REQUIRE(c == 1);
  }
  bool called = false;
  parallel_for(0, [&](Index) { called = true; });
  CHECK_FALSE(called);
}

TEST_CASE("Results do not depend on the threads", "[core]") {
  const Stream stream(5);
  Vector parallel(200), serial(200);
  const auto body = [&](Vector& out, Index i) {
    out(i) = stream.fork("cell", static_cast<std::uint64_t>(i)).normals(50).sum();
  };
  parallel_for(200, [&](Index i) { body(parallel, i); });
  for (Index i = 0; i < 200; ++i) body(serial, i);
  CHECK(parallel == serial);
}

TEST_CASE("Loops may be nested", "[core]") {
  Matrix table = Matrix::Zero(20, 30);
  parallel_for(20,
               [&](Index i) { parallel_for(30, [&](Index j) { table(i, j) += static_cast<double>(100 * i + j); }); });
  for (Index i = 0; i < 20; ++i)
    for (Index j = 0; j < 30; ++j) REQUIRE(table(i, j) == static_cast<double>(100 * i + j));
}

TEST_CASE("An exception of the body is rethrown with its kind", "[core]") {
  const auto broken = [](Index i) { require(i != 37, ErrorKind::numerical, "cell {} failed", i); };
  CHECK(test::error_of([&] { parallel_for(100, broken); }) == "numerical: cell 37 failed");
  CHECK(test::error_of([&] { parallel_for(3, [&](Index) { parallel_for(100, broken); }); }) ==
        "numerical: cell 37 failed");
  // And the pool is as good as before.
  std::atomic<Index> sum = 0;
  parallel_for(100, [&](Index i) { sum += i; });
  CHECK(sum == 4950);
}

}  // namespace
}  // namespace predcorr
