// SPDX-License-Identifier: Apache-2.0
// The joint prediction of a GP: the covariance of m queries given 2000 training rows.
#include <chrono>
#include <memory>

#include "benchmarks/common.hpp"
#include "core/kernels/kernel.hpp"

namespace predcorr::benchmarks {
namespace {

constexpr Index kTraining = 2000;

struct Conditioning {
  explicit Conditioning(Index queries)
      : train(example(kTraining, 5)), query(example(queries, 6)), kernel(function_kernel()) {
    Matrix k = gram_in_tiles(*kernel, train.x);
    k.diagonal().array() += 0.05;
    observed = std::make_unique<Cholesky>(std::move(k));
    cross = cross_in_tiles(*kernel, query.x, train.x);
    prior = gram_in_tiles(*kernel, query.x);
    noise = Vector::Constant(queries, 0.05);
  }
  Example train, query;
  KernelPtr kernel;
  std::unique_ptr<Cholesky> observed;
  Matrix cross, prior;
  Vector noise;
};

/// Counted as n^2 m for the whitening and n m^2 for the symmetric half of the covariance. condition_gp uses up its
/// arguments; their copies are made, and results freed, off the clock.
void covariance(benchmark::State& state) {
  const Conditioning given(state.range(0));
  for (auto _ : state) {
    Matrix cross = given.cross, prior = given.prior;
    const auto start = std::chrono::steady_clock::now();
    const JointPrediction p =
        condition_gp(*given.observed, std::move(cross), std::move(prior), given.train.y, given.noise);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    benchmark::DoNotOptimize(p.mean.data());
  }
  const double n = kTraining, m = static_cast<double>(state.range(0));
  count_work(state, n * n * m + n * m * m);
}

/// From the inputs on: kernels as well.
void predict(benchmark::State& state) {
  const Conditioning given(state.range(0));
  for (auto _ : state) {
    const JointPrediction p = condition_gp(*given.observed, cross_in_tiles(*given.kernel, given.query.x, given.train.x),
                                           gram_in_tiles(*given.kernel, given.query.x), given.train.y, given.noise);
    benchmark::DoNotOptimize(p.mean.data());
  }
  const double n = kTraining, m = static_cast<double>(state.range(0));
  count_work(state, n * n * m + n * m * m);
}

BENCHMARK(covariance)->ArgName("m")->Arg(1000)->Arg(5000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(predict)->ArgName("m")->Arg(1000)->Arg(5000)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace predcorr::benchmarks

int main(int count, char** arguments) { return predcorr::benchmarks::run(count, arguments); }
