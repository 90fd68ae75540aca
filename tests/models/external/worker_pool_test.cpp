// SPDX-License-Identifier: Apache-2.0
#include "models/external/worker_pool.hpp"

#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "core/base/files.hpp"
#include "core/base/interruption.hpp"
#include "tests/support/external_models.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// A program that notes each start, and answers every request.
struct Notes {
  test::TemporaryFolder folder;
  ProcessSettings settings() const {
    return {{"sh", "-c", "echo started >>\"$1\"; while read -r line; do echo '{\"ok\": true}'; done", "sh",
             (folder / "starts").string()},
            {}};
  }
  std::ptrdiff_t starts() const {
    const std::string text = read_text_file(folder / "starts");
    return std::count(text.begin(), text.end(), '\n');
  }
};

/// Its number, once it has begun and answered.
pid_t asked(const Lease& lease) {
  CHECK((lease->process.exchange("{}", 20).evaluation == Reply::EvaluationData::answered));
  return lease->process.id();
}

/// As a run on so many threads has it.
template <class F>
void on_threads(int count, const F& body) {
  tbb::task_arena arena(count);
  arena.execute([&] { body(); });
}

TEST_CASE("workers: fits share as many processes as there are threads", "[models]") {
  for (const int threads : {1, 3}) {
    const Notes notes;
    std::set<pid_t> processes;
    on_threads(threads, [&] {
      for (int fit = 0; fit < 7; ++fit) processes.insert(asked(WorkerPool::instance().take(notes.settings(), nullptr)));
    });
    CHECK(std::ssize(processes) == threads);
    CHECK(notes.starts() == threads);
  }
}

TEST_CASE("workers: where all are busy one waits for the first that is given back", "[models]") {
  const Notes notes;
  Lease first, second;
  on_threads(2, [&] {
    first = WorkerPool::instance().take(notes.settings(), nullptr);
    second = WorkerPool::instance().take(notes.settings(), nullptr);
  });
  const pid_t freed = asked(second);
  REQUIRE(asked(first) != freed);
  pid_t got = 0;
  std::thread third(
      [&] { on_threads(2, [&] { got = asked(WorkerPool::instance().take(notes.settings(), nullptr)); }); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // in which it would have started one of its own
  second = Lease();
  third.join();
  CHECK(got == freed);
  CHECK(notes.starts() == 2);
}

TEST_CASE("workers: the one preferred is taken if it is idle, and one that is lost makes room", "[models]") {
  const Notes notes;
  on_threads(2, [&] {
    WorkerPool& pool = WorkerPool::instance();
    Lease a = pool.take(notes.settings(), nullptr), b = pool.take(notes.settings(), nullptr);
    const auto one = a.worker(), two = b.worker();
    asked(a);
    asked(b);
    a = Lease();
    b = Lease();
    REQUIRE(one != two);
    for (const auto& preferred : {one, two, one}) CHECK(pool.take(notes.settings(), preferred).worker() == preferred);
    pool.take(notes.settings(), one).discard();
    CHECK_FALSE(pool.take_again(one));
    const Lease last = pool.take(notes.settings(), two);
    CHECK(last.worker() == two);
    const Lease another = pool.take(notes.settings(), nullptr);
    asked(another);
    CHECK(another.worker() != one);
  });
  CHECK(notes.starts() == 3);
}

TEST_CASE("workers: programs with other settings share no process, and one that has ended is not given out again",
          "[models]") {
  const Notes notes;
  ProcessSettings other = notes.settings();
  other.environment["PREDCORR_TEST"] = "other";
  on_threads(1, [&] {
    WorkerPool& pool = WorkerPool::instance();
    const pid_t first = asked(pool.take(notes.settings(), nullptr));
    const pid_t second = asked(pool.take(other, nullptr));
    CHECK(second != first);
    CHECK(asked(pool.take(notes.settings(), nullptr)) == first);
    CHECK(asked(pool.take(other, nullptr)) == second);
    CHECK(notes.starts() == 2);

    Lease lease = pool.take(notes.settings(), nullptr);
    const auto ended = lease.worker();
    ended->process.end();
    lease = Lease();
    CHECK(asked(pool.take(notes.settings(), nullptr)) != first);
    CHECK_FALSE(pool.take_again(ended));
    CHECK(notes.starts() == 3);
  });
}

TEST_CASE("workers: one that is not to be shared is given to nobody else", "[models]") {
  const Notes notes;
  on_threads(1, [&] {
    WorkerPool& pool = WorkerPool::instance();
    Lease own = pool.start(notes.settings(), false);
    const auto worker = own.worker();
    const pid_t alone = asked(own);
    own = Lease();
    CHECK(asked(pool.take(notes.settings(), nullptr)) != alone);
    const Lease again = pool.take_again(worker);  // but to who has had it
    REQUIRE(again);
    CHECK(asked(again) == alone);
    CHECK(notes.starts() == 2);
  });
}

TEST_CASE("workers: none is given out once the user wants an end", "[models]") {
  const Notes notes;
  interruption() = true;
  std::string error;
  try {
    WorkerPool::instance().take(notes.settings(), nullptr);
  } catch (const Error& e) {
    error = e.what();
  }
  interruption() = false;
  CHECK(error == "interrupted by Ctrl-C");
  CHECK_FALSE(std::filesystem::exists(notes.folder / "starts"));
}

}  // namespace
}  // namespace predcorr::models
