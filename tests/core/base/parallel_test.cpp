// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.hpp"

#include <time.h>

#include <array>
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

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Uses the processor, not the time of day: 2 ms of it.
void work() {
  const double end = seconds_of(CLOCK_THREAD_CPUTIME_ID) + 0.002;
  while (seconds_of(CLOCK_THREAD_CPUTIME_ID) < end) {
  }
}

TEST_CASE("processor clock: what other threads do for it counts, and once", "[core]") {
  const double before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  const ProcessorClock clock;
  parallel_for(8, [](Index) { parallel_for(4, [](Index) { work(); }); });
  const double told = clock.seconds(), all = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - before;
  CHECK(told >= 8 * 4 * 0.002);
  CHECK(told <= all + 1e-3);  // what is counted twice would be more than the process has used
}

TEST_CASE("processor clock: work for another clock, or for none, does not count", "[core]") {
  std::array<double, 2> told{};
  parallel_for(2, [&](Index i) {
    work();
    const ProcessorClock clock;
    parallel_for(i == 0 ? 1 : 40, [](Index) { work(); });
    told[static_cast<std::size_t>(i)] = clock.seconds();
  });
  CHECK(told[0] >= 0.002);
  CHECK(told[0] < 40 * 0.002);
  CHECK(told[1] >= 40 * 0.002);
}

TEST_CASE("processor clock: one within another counts for both, whoever did it", "[core]") {
  const ProcessorClock outer;
  double told = 0;
  {
    const ProcessorClock inner;
    parallel_for(10, [](Index) { work(); });
    told = inner.seconds();
  }
  CHECK(told >= 10 * 0.002);
  CHECK(outer.seconds() >= told);
}

}  // namespace
}  // namespace predcorr
