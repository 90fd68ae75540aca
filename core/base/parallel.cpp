// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <time.h>

#ifdef PREDCORR_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace predcorr {
namespace {

/// What oneTBB promises, told to a thread sanitizer, which cannot look into its library: what one side has written
/// before its release is there for the other after its acquire. Nothing in other builds.
struct Order {
#ifdef PREDCORR_THREAD_SANITIZER
  void release() { __tsan_release(this); }
  void acquire() { __tsan_acquire(this); }
#else
  void release() {}
  void acquire() {}
#endif
};

thread_local ProcessorClock* running_clock = nullptr;

std::int64_t thread_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

ProcessorClock::ProcessorClock() : outer_(running_clock), start_(thread_nanoseconds()) { running_clock = this; }

ProcessorClock::~ProcessorClock() {
  running_clock = outer_;
  if (outer_ != nullptr) outer_->of_others_ += of_others_;
}

double ProcessorClock::seconds() const {
  return 1e-9 * static_cast<double>(thread_nanoseconds() - start_ + of_others_);
}

/// What a thread does for the clock of another, while this is there.
class ProcessorShare {
 public:
  explicit ProcessorShare(ProcessorClock* clock) : before_(running_clock) {
    if (clock == nullptr || clock == before_) return;  // it counts there already
    clock_ = running_clock = clock;
    start_ = thread_nanoseconds();
  }
  ~ProcessorShare() {
    if (clock_ == nullptr) return;
    clock_->of_others_ += thread_nanoseconds() - start_;
    running_clock = before_;
  }
  ProcessorShare(const ProcessorShare&) = delete;
  ProcessorShare& operator=(const ProcessorShare&) = delete;

 private:
  ProcessorClock *before_, *clock_ = nullptr;
  std::int64_t start_ = 0;
};

void parallel_for(Index count, const std::function<void(Index)>& body) {
  struct Ending {  // by an exception, too
    Order& order;
    ~Ending() { order.acquire(); }
  };
  struct BodyEnding {
    Order& order;
    ~BodyEnding() { order.release(); }
  };
  Order begin, end;
  const Ending ending{end};
  ProcessorClock* const clock = running_clock;
  begin.release();
  // Isolated: a thread that waits here must not pick up another whole cell of the benchmark meanwhile.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        tbb::blocked_range<Index>(0, count, 1),
        [&](const tbb::blocked_range<Index>& range) {
          begin.acquire();
          const BodyEnding body_ending{end};
          const ProcessorShare share(clock);
          for (Index i = range.begin(); i != range.end(); ++i) body(i);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace predcorr
