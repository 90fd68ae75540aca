// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

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

}  // namespace

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
  begin.release();
  // Isolated: a thread that waits here must not pick up another whole cell of the benchmark meanwhile.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        tbb::blocked_range<Index>(0, count, 1),
        [&](const tbb::blocked_range<Index>& range) {
          begin.acquire();
          const BodyEnding body_ending{end};
          for (Index i = range.begin(); i != range.end(); ++i) body(i);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace predcorr
