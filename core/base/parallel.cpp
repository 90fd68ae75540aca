// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace predcorr {

void parallel_for(Index count, const std::function<void(Index)>& body) {
  // Isolated: a thread that waits here must not pick up another whole cell of the benchmark meanwhile.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        tbb::blocked_range<Index>(0, count, 1),
        [&](const tbb::blocked_range<Index>& range) {
          for (Index i = range.begin(); i != range.end(); ++i) body(i);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace predcorr
