// SPDX-License-Identifier: Apache-2.0
// Scores that look at many pairs of points: XLL, ranks, joint densities of groups, correlation calibration.
#include "benchmarks/common.hpp"
#include "core/base/stream.hpp"
#include "metrics/joint/xll.hpp"
#include "metrics/metric.hpp"
#include "metrics/ranks.hpp"

namespace predcorr::benchmarks {
namespace {

/// n test points of a dense covariance, or of a factor of 100 members, and what came true.
struct Prediction {
  Prediction(Index n, bool dense, std::uint64_t seed) {
    const Example points = example(n, seed);
    p.mean = Vector::Zero(n);
    p.noise_variance = Vector::Constant(n, 0.1);
    if (dense) {
      p.latent = Covariance::dense(function_kernel()->cross(points.x, points.x));
    } else {
      const Matrix weights = Stream(9).normals(800).reshaped(8, 100);
      p.latent = Covariance::from_factor(RowMatrixF(((points.x * weights).array().sin() / 10).matrix().cast<float>()));
    }
    evaluation = {.y = points.y, .n_pool = 0, .oracle = std::nullopt, .inputs = points.x};
  }
  JointPrediction p;
  EvaluationData evaluation;
};

/// One model against one reference: the neighbour sets, and the score.
void xll(benchmark::State& state) {
  const bool dense = state.range(1) == 1;
  const Prediction model(state.range(0), dense, 5), reference(state.range(0), dense, 6);
  for (auto _ : state) {
    const auto sets = metrics::neighbour_sets(reference.p, 5);
    benchmark::DoNotOptimize(metrics::cross_log_likelihood(model.evaluation.y, model.p, reference.p, sets));
  }
}

/// Of two matrices of correlations, 4000 x 2000 entries each.
void spearman(benchmark::State& state) {
  Stream stream(3);
  const Index n = state.range(0);
  const Vector a = stream.normals(n), b = 0.5 * a + stream.normals(n);
  for (auto _ : state) benchmark::DoNotOptimize(metrics::spearman(a, b));
}

void metric(benchmark::State& state, const char* name) {
  const Prediction given(state.range(0), state.range(1) == 1, 5);
  const auto score = Registry<Metric>::instance().make({.name = name}, name).object;
  for (auto _ : state) benchmark::DoNotOptimize(score->score(given.evaluation, given.p).data());
}

BENCHMARK(xll)
    ->ArgNames({"n", "dense"})
    ->Args({2000, 1})
    ->Args({2000, 0})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(spearman)->ArgName("n")->Arg(8000000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(metric, grouped_log_likelihood, "grouped_log_likelihood")
    ->ArgNames({"n", "dense"})
    ->Args({2000, 1})
    ->Args({2000, 0})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(metric, correlation_calibration, "correlation_calibration")
    ->ArgNames({"n", "dense"})
    ->Args({2000, 1})
    ->Args({2000, 0})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(metric, covariance_health, "covariance_health")
    ->ArgNames({"n", "dense"})
    ->Args({1000, 1})
    ->Args({1000, 0})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace predcorr::benchmarks

int main(int count, char** arguments) { return predcorr::benchmarks::run(count, arguments); }
