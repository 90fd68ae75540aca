// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/common.hpp"

#include <tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>

#include "benchmarks/release_only.hpp"
#include "benchmarks/seconds.hpp"
#include "core/base/stream.hpp"
#include "core/linalg/panels.hpp"
#include "core/linalg/tiles.hpp"
#include "results/store/provenance.hpp"

namespace predcorr::benchmarks {
namespace {

/// GFLOP/s of the better of a few products of n x n matrices.
double best_product(Index n, int repeats) {
  const Matrix a = example(n, 1).x.replicate(1, n / 8);
  Matrix c = Matrix::Zero(n, n);
  const double work = 2e-9 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  double best = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    best = std::max(best, work / seconds_of([&] { subtract_product(a, a, c); }));
    if (threads() == 1) best = std::max(best, work / seconds_of([&] { subtract_outer_product(a, a, c); }));
  }
  return best;
}

KernelPtr kernel(bool noisy) {
  const Json rbf = {{"rbf", {{"variance", 1.3}, {"length_scale", {1.7, 1.9, 2.1, 2.3, 2.5, 2.7, 2.9, 3.1}}}}};
  return read_kernel(noisy ? Json{{"sum", {rbf, {{"white", {{"variance", 0.05}}}}}}} : rbf);
}

}  // namespace

int threads() {
  const char* given = std::getenv("PREDCORR_BENCH_THREADS");
  return given == nullptr ? 1 : std::max(1, std::atoi(given));
}

double product_rate() {
  // Sizes are multiples of a tile, so that no partial panel lowers the yardstick.
  static double best = std::max(best_product(2112, 3), best_product(3456, 2));
  best = std::max(best, best_product(2112, 1));
  return best;
}

Example example(Index n, std::uint64_t seed) {
  Stream stream = Stream(seed).fork("benchmark");
  const Matrix x = stream.normals(n * 8).reshaped(n, 8);
  const Vector y = (x.col(0).array() + 0.5 * x.col(1).array()).sin() + 0.3 * x.col(2).array().square() +
                   0.2 * stream.normals(n).array();
  return {x, y.array() - y.mean()};
}

KernelPtr function_kernel() { return kernel(false); }
KernelPtr observed_kernel() { return kernel(true); }

void count_work(benchmark::State& state, double flops) {
  using benchmark::Counter;
  state.counters["GFLOP/s"] = Counter(flops * 1e-9, Counter::kIsIterationInvariantRate);
  state.counters["of_product"] = Counter(flops * 1e-9 / product_rate(), Counter::kIsIterationInvariantRate);
}

int run(int count, char** arguments) {
  if (!release_build()) return 2;
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads()));
  const Json made_by = provenance();
  benchmark::AddCustomContext("predcorr", made_by["commit"].get<std::string>());
  benchmark::AddCustomContext("flags", made_by["flags"].get<std::string>());
  benchmark::AddCustomContext("cpu", made_by["cpu"].get<std::string>());
  benchmark::AddCustomContext("threads", std::to_string(threads()));
  benchmark::AddCustomContext("product GFLOP/s", fmt::format("{:.1f}", product_rate()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace predcorr::benchmarks
