// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "core/base/matrix.hpp"

namespace predcorr {

/// Calls body(0) ... body(count - 1), on idle threads of the one oneTBB pool if there are any. Each call must write
/// only what is its own, so that results do not depend on the number of threads. An exception is rethrown here.
void parallel_for(Index count, const std::function<void(Index)>& body);

/// Processor time of what the thread that makes it does from then on, with what other threads do for it in parallel_for
/// and nothing of what they do for others. Its methods are that thread's.
class ProcessorClock {
 public:
  ProcessorClock();
  ~ProcessorClock();
  ProcessorClock(const ProcessorClock&) = delete;
  ProcessorClock& operator=(const ProcessorClock&) = delete;

  double seconds() const;

 private:
  friend class ProcessorShare;

  ProcessorClock* outer_;  // what runs within a clock's time is also of the one around it
  std::int64_t start_;     // ns
  std::atomic<std::int64_t> of_others_ = 0;
};

}  // namespace predcorr
