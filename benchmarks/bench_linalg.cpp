// SPDX-License-Identifier: Apache-2.0
// The product everything large is made of, and the Cholesky factor, each beside Eigen's.
#include <Eigen/Cholesky>
#include <cmath>

#include "benchmarks/common.hpp"
#include "core/linalg/cholesky.hpp"
#include "core/linalg/panels.hpp"

namespace predcorr::benchmarks {
namespace {

double cube(const benchmark::State& state) { return std::pow(static_cast<double>(state.range(0)), 3); }

/// One thread, both. Square, and as a tile of a factorisation sees it: range(0) squared with `range(1)` columns.
template <class Product>
void bench_product(benchmark::State& state, const Product& product) {
  const Index n = state.range(0), k = state.range(1);
  const Example data = example(std::max(n, k), 2);
  const Matrix a = data.x.topRows(n).replicate(1, (k + 7) / 8).leftCols(k), b = 0.5 * a;
  Matrix c = Matrix::Zero(n, n);
  for (auto _ : state) {
    product(a, b, c);
    benchmark::DoNotOptimize(c.data());
    benchmark::ClobberMemory();
  }
  count_work(state, 2.0 * static_cast<double>(n * n * k));
}

void product_own(benchmark::State& state) {
  bench_product(state, [](const Matrix& a, const Matrix& b, Matrix& c) { subtract_outer_product(a, b, c); });
}
void product_eigen(benchmark::State& state) {
  bench_product(state, [](const Matrix& a, const Matrix& b, Matrix& c) { c.noalias() -= a * b.transpose(); });
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"n", "k"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const auto& [n, k] : {std::pair{96, 96}, {96, 960}, {192, 1920}, {384, 3840}, {1024, 1024}, {2048, 2048}})
    b->Args({n, k});
}
BENCHMARK(product_own)->Apply(shapes);
BENCHMARK(product_eigen)->Apply(shapes);

Matrix positive_definite(Index n) {
  const Example data = example(n, 3);
  Matrix k = function_kernel()->cross(data.x, data.x);
  k.diagonal().array() += 0.05;
  return k;
}

/// Both factorise in place what they are given; the copy they spoil is made outside the clock.
void cholesky_own(benchmark::State& state) {
  const Matrix k = positive_definite(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    Matrix given = k;
    state.ResumeTiming();
    Cholesky factor(std::move(given));
    benchmark::DoNotOptimize(factor);
    state.PauseTiming();
    { const CholeskyStorage freed = std::move(factor).release(); }
    state.ResumeTiming();
  }
  count_work(state, cube(state) / 3);
}

/// Eigen's, which has one thread whatever ours have.
void cholesky_eigen(benchmark::State& state) {
  const Matrix k = positive_definite(state.range(0));
  Matrix given = k;
  for (auto _ : state) {
    state.PauseTiming();
    given = k;
    state.ResumeTiming();
    const Eigen::LLT<Eigen::Ref<Matrix>> factor(given);
    benchmark::DoNotOptimize(factor.info());
  }
  count_work(state, cube(state) / 3);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgName("n")->Arg(500)->Arg(1000)->Arg(2000)->Arg(4000)->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(cholesky_own)->Apply(sizes);
BENCHMARK(cholesky_eigen)->Apply(sizes);

}  // namespace
}  // namespace predcorr::benchmarks

int main(int count, char** arguments) { return predcorr::benchmarks::run(count, arguments); }
