// SPDX-License-Identifier: Apache-2.0
// The log evidence of a GP and its gradient by ten hyper-parameters: one step of a fit.
#include <malloc.h>

#include <cmath>

#include "benchmarks/common.hpp"
#include "models/gp/evidence.hpp"
#include "results/store/provenance.hpp"

namespace predcorr::benchmarks {
namespace {

/// Counted as n^3: n^3 / 3 each for the factor, its inverse and the inverse of the matrix. Kernel and gradient, which
/// cost n^2 d, are work on top, so `of_product` is below what the products themselves reach.
void evidence(benchmark::State& state, bool with_gradient) {
  const Index n = state.range(0);
  const Example data = example(n, 4);
  const KernelPtr kernel = observed_kernel();
  malloc_trim(0);  // memory that smaller sizes left behind would hide what this one takes
  reset_peak_resident_bytes();
  const double before = peak_resident_bytes();
  models::Evidence evidence(data.x, data.y);
  evidence.at(*kernel, with_gradient);
  const double taken = peak_resident_bytes() - before;
  for (auto _ : state) benchmark::DoNotOptimize(evidence.at(*kernel, with_gradient).log_likelihood);
  count_work(state, std::pow(static_cast<double>(n), 3) / (with_gradient ? 1 : 3));
  state.counters["peak/n^2"] = taken / (8 * static_cast<double>(n * n));
}

void with_gradient(benchmark::State& state) { evidence(state, true); }
void without_gradient(benchmark::State& state) { evidence(state, false); }

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgName("n")->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const int n : {500, 1000, 2000, 4000, 8000}) b->Arg(n);
}
BENCHMARK(with_gradient)->Apply(sizes);
BENCHMARK(without_gradient)->Apply(sizes);

}  // namespace
}  // namespace predcorr::benchmarks

int main(int count, char** arguments) { return predcorr::benchmarks::run(count, arguments); }
