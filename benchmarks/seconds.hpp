// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace predcorr::benchmarks {

/// How long `work` takes, on the clock.
template <class Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace predcorr::benchmarks
