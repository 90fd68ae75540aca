// SPDX-License-Identifier: Apache-2.0
// Products on 8-bit integers beside those on floats, at the sizes of vgg-8 on images of 28 x 28 pixels and of a layer
// 512-512; what quantising and a new clipping value cost. One thread.
#include <array>
#include <string>

#include "benchmarks/common.hpp"
#include "core/base/stream.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/arithmetic/strip_products.hpp"
#include "models/bnn/int8/clipping.hpp"
#include "models/bnn/int8/int8_products.hpp"

namespace predcorr::benchmarks {
namespace {

using namespace models;

/// A 3 x 3 convolution of `side` x `side` pixels, or, of side 0, a layer on a batch of 256.
struct Layer {
  Layer(Index in, Index out, Index side) : outputs(out) {
    const Index across = (side + 2) * in;
    depth = side > 0 ? 3 * in : in;
    offsets = side > 0 ? std::vector<Index>{0, across, 2 * across} : std::vector<Index>{0};
    for (Index row = 0; row < side; ++row)
      for (Index column = 0; column < side; ++column) starts.push_back(row * across + column * in);
    for (Index j = 0; side == 0 && j < 256; ++j) starts.push_back(j * in);
    for (Index j = 0; j < std::ssize(starts); ++j) places.push_back(j * padded_rows(outputs));
    numbers = depth * std::ssize(offsets);
    x = bytes(starts.back() + offsets.back() + depth, 1);
    d = bytes(std::ssize(starts) * outputs, 2);
    w = bytes(outputs * numbers, 3);
    y.setZero(std::ssize(starts) * padded_rows(outputs));
  }

  static std::vector<std::int8_t> bytes(Index n, std::uint64_t seed) {
    Stream stream(seed);
    std::vector<std::int8_t> all(static_cast<std::size_t>(n));
    for (std::int8_t& value : all) value = static_cast<std::int8_t>(stream.index(255) - 127);
    return all;
  }

  template <class W>
  void pack(W&& set) const {
    for (Index o = 0; o < outputs; ++o)
      for (Index k = 0; k < numbers; ++k) set(o, k, w[static_cast<std::size_t>(o * numbers + k)]);
  }

  void count(benchmark::State& state) const {
    const auto products = static_cast<double>(outputs * numbers * std::ssize(starts) * state.iterations());
    state.counters["G products/s"] = benchmark::Counter(products / 1e9, benchmark::Counter::kIsRate);
  }

  Index outputs, depth, numbers;
  std::vector<Index> starts, offsets, places;
  std::vector<std::int8_t> x, d, w;
  VectorF y;
};

void on_floats(benchmark::State& state, bool gradient) {
  Layer layer(state.range(0), state.range(1), state.range(2));
  const std::vector<float> x(layer.x.begin(), layer.x.end());
  const Strip strip{x.data(), layer.starts, layer.offsets, layer.depth};
  models::Panels w;
  w.resize(layer.outputs, layer.numbers);
  layer.pack([&](Index o, Index k, std::int8_t value) { w.at(o, k) = value; });
  const Index height = padded_rows(layer.outputs);
  const VectorF d = VectorF::Random(height * std::ssize(layer.starts));
  MatrixF g = MatrixF::Zero(height, layer.numbers);
  for (auto _ : state)
    if (gradient)
      add_strip_gradient(d.data(), height, layer.outputs, strip, g.data());
    else
      for (Index p = 0; p < w.count(); ++p) multiply_strip(w, p, strip, nullptr, layer.y.data(), layer.places);
  benchmark::DoNotOptimize(g.sum() + layer.y.sum());
  layer.count(state);
}

void on_int8(benchmark::State& state, Int8Path path, bool gradient) {
  Layer layer(state.range(0), state.range(1), state.range(2));
  const Int8Strip strip(layer.starts, layer.offsets, layer.depth, path);
  Int8Panels w;
  w.resize(layer.outputs, layer.numbers, path);
  layer.pack([&](Index o, Index k, std::int8_t value) { w.set(o, k, value); });
  Int8Sums g;
  g.resize(layer.outputs, layer.numbers);
  Int8Work work;
  for (auto _ : state)
    if (gradient)
      add_strip_gradient(layer.d.data(), layer.outputs, strip, layer.x.data(), g, work);
    else
      multiply_strip(w, strip, layer.x.data(), 0.01f, nullptr, layer.y.data(), layer.places, work);
  benchmark::DoNotOptimize(g.at(0, 0) + static_cast<std::int64_t>(layer.y.sum()));
  layer.count(state);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"in", "out", "side"})->Unit(benchmark::kMicrosecond);
  for (const auto& [in, out, side] :
       {std::array{16, 16, 28}, {16, 32, 14}, {32, 32, 14}, {32, 64, 7}, {64, 64, 7}, {512, 512, 0}})
    b->Args({in, out, side});
}

VectorF gradient_like(Index n) {
  VectorF g(n);
  Stream(4).fill_normals(g);
  return g.array().cube();
}

void per_entry(benchmark::State& state) {
  state.counters["s/entry"] = benchmark::Counter(static_cast<double>(state.range(0) * state.iterations()),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void quantise(benchmark::State& state, Rounding rounding) {
  const VectorF g = gradient_like(state.range(0));
  std::vector<std::int8_t> q(static_cast<std::size_t>(g.size()));
  std::uint64_t step = 0;
  for (auto _ : state) {
    if (rounding == Rounding::nearest)
      quantise_nearest(g.data(), g.size(), 5, q.data());
    else
      quantise_stochastic(g.data(), g.size(), 5, rounding_key(1, ++step, 0), 0, q.data());
    benchmark::DoNotOptimize(q.data());
  }
  per_entry(state);
}
BENCHMARK_CAPTURE(quantise, nearest, Rounding::nearest)->ArgName("entries")->Arg(12544)->Arg(1000000);
BENCHMARK_CAPTURE(quantise, stochastic, Rounding::stochastic)->ArgName("entries")->Arg(12544)->Arg(1000000);

void clip(benchmark::State& state, Clipping method) {
  const VectorF g = gradient_like(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(choose_clip(g.data(), g.size(), {method, Rounding::stochastic, 99.9}));
  per_entry(state);
}
BENCHMARK_CAPTURE(clip, direction, Clipping::direction)->ArgName("entries")->Arg(12544)->Arg(1000000);
BENCHMARK_CAPTURE(clip, max, Clipping::max)->ArgName("entries")->Arg(12544)->Arg(1000000);
BENCHMARK_CAPTURE(clip, percentile, Clipping::percentile)->ArgName("entries")->Arg(12544)->Arg(1000000);

/// Which paths there are is known when the program runs.
void register_products() {
  for (const bool gradient : {false, true}) {
    const std::string what = gradient ? "gradient/" : "forward/";
    benchmark::RegisterBenchmark((what + "float").c_str(), on_floats, gradient)->Apply(sizes);
    for (const Int8Path path : int8_paths())
      benchmark::RegisterBenchmark((what + to_string(path)).c_str(), on_int8, path, gradient)->Apply(sizes);
  }
}

}  // namespace
}  // namespace predcorr::benchmarks

int main(int count, char** arguments) {
  predcorr::benchmarks::register_products();
  return predcorr::benchmarks::run(count, arguments);
}
