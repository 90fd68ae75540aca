// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include "core/kernels/kernel.hpp"

namespace predcorr::benchmarks {

/// Threads of oneTBB in this program: PREDCORR_BENCH_THREADS, else 1.
int threads();

/// The yardstick of all fractions: GFLOP/s of the best product c -= a b' of about 2048 squared that this program's
/// threads have reached so far; every call tries again, in case an earlier one met a busy machine.
double product_rate();

/// Regression on 8 standard normal inputs; the same numbers in every program.
struct Example {
  Matrix x;  ///< n x 8
  Vector y;  ///< n
};
Example example(Index n, std::uint64_t seed);

/// RBF with a length-scale for each of 8 inputs, without and with white noise: hyper-parameters as a fit finds them.
KernelPtr function_kernel();
KernelPtr observed_kernel();

/// The counters every program shows for work of so many flops: GFLOP/s, and the fraction of product_rate().
void count_work(benchmark::State& state, double flops);

/// What main returns. Refuses programs and libraries with assertions, limits the threads, tells the context.
int run(int count, char** arguments);

}  // namespace predcorr::benchmarks
