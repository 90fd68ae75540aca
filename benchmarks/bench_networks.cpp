// SPDX-License-Identifier: Apache-2.0
// Networks after training: joint predictions of many draws, of Laplace approximations; steps of noisy K-FAC.
#include <chrono>

#include "benchmarks/common.hpp"
#include "models/bnn/engine/function_draws.hpp"
#include "models/model.hpp"
#include "results/store/provenance.hpp"

namespace predcorr::benchmarks {
namespace {

/// 2 * 500 operations for each draw at each point. `MiB` is what it takes over what was there before, `factor` what the
/// result itself is.
void draws(benchmark::State& state) {
  const Index count = state.range(0), points = state.range(1);
  const models::Network network({8, {50}, 1});
  const Matrix query = example(points, 5).x;
  const models::WeightDraw draw = [&](Index s, VectorF& weights) {
    Stream(1).fork("draw", static_cast<std::uint64_t>(s)).fill_normals(weights);
  };
  reset_peak_resident_bytes();
  const double before = peak_resident_bytes();
  for (auto _ : state) benchmark::DoNotOptimize(models::predict_draws(network, query, count, draw, 0.1).mean.sum());
  constexpr double kMiB = 1024 * 1024;
  state.counters["MiB"] = (peak_resident_bytes() - before) / kMiB;
  state.counters["factor"] = static_cast<double>(count * points * 4) / kMiB;
  count_work(state, 2.0 * static_cast<double>(network.parameter_count() * count * points));
}
BENCHMARK(draws)
    ->ArgNames({"draws", "points"})
    ->Args({5000, 2000})
    ->Args({100, 100000})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

std::unique_ptr<const Posterior> fitted(const std::string& model, const Json& parameters, const TrainingData& data) {
  return Registry<Model>::instance()
      .make({.name = model, .parameters = parameters}, model)
      .object->fit(data, Stream(1));
}

TrainingData rows(Index n) {
  Example data = example(n, 6);
  return {std::move(data.x), std::move(data.y)};
}

/// The joint prediction at 2000 points of a Laplace approximation from 800 rows.
void laplace(benchmark::State& state, const char* structure) {
  const auto posterior =
      fitted("laplace", {{"units", state.range(0)}, {"structure", structure}, {"epochs", 50}}, rows(800));
  const Matrix query = example(2000, 7).x;
  reset_peak_resident_bytes();
  const double before = peak_resident_bytes();
  for (auto _ : state) benchmark::DoNotOptimize(posterior->predict(query).mean.sum());
  state.counters["MiB"] = (peak_resident_bytes() - before) / (1024 * 1024);
}
BENCHMARK_CAPTURE(laplace, full, "full")
    ->ArgName("units")
    ->Arg(50)
    ->Arg(400)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(laplace, kronecker, "kronecker")
    ->ArgName("units")
    ->Arg(50)
    ->Arg(400)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// 50 epochs of 8 steps of 100 rows; `ms/step`.
void noisy_kfac(benchmark::State& state, const char* model) {
  const TrainingData data = rows(800);
  double seconds = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    fitted(model, {{"units", state.range(0)}, {"epochs", 50}, {"batch", 100}}, data);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  state.counters["ms/step"] = 1000 * seconds / (400 * static_cast<double>(state.iterations()));
}
BENCHMARK_CAPTURE(noisy_kfac, nng, "nng")
    ->ArgName("units")
    ->Arg(50)
    ->Arg(400)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(noisy_kfac, nng_eigen, "nng-eigen")
    ->ArgName("units")
    ->Arg(50)
    ->Arg(400)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace predcorr::benchmarks

int main(int count, char** arguments) { return predcorr::benchmarks::run(count, arguments); }
