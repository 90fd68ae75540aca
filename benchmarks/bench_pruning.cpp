// SPDX-License-Identifier: Apache-2.0
// Networks that were made smaller, before training or after it: a training step of 64 rows and the prediction of 256,
// beside the operations that are left. Weights and data are random; what is left depends on them a little. One thread.
#include <string>

#include "benchmarks/common.hpp"
#include "core/base/stream.hpp"
#include "models/bnn/compression/compression.hpp"
#include "models/bnn/pruning/network_start.hpp"

namespace predcorr::benchmarks {
namespace {

using namespace models;

/// A shape of network, and data that it sees.
struct Whole {
  TrainingData data;
  ImageNetworkParameters parameters;
};

Whole whole(const std::string& name) {
  const Index rows = 512;
  if (name == "mlp") {
    Whole all{{Stream(1).normals(rows * 8).reshaped(rows, 8), Stream(2).normals(rows)}, {}};
    all.parameters.units = {256, 256, 256};
    return all;
  }
  Whole all{{Stream(1).normals(rows * 784).reshaped(rows, 784), Stream(2).normals(rows)}, {}};
  all.data.image = ImageShape{28, 28, 1};
  all.parameters.network = NetworkDescription(name);
  return all;
}

FittedNetwork smaller(Whole of, const Json& pruning, const Json& compression) {
  const Batch all = network_data(of.data);
  of.parameters.pruning = Pruning(pruning);
  NetworkStart start = network_start(of.parameters, of.data, all, 1, false, false, Stream(3));
  const Compression after(compression);
  if (!after.options()) return {std::move(start.network), std::move(start.weights)};
  CompressedNetwork small = compressed(
      *after.options(), start.network, start.weights, all, [](const VectorF&) { return gaussian_information(1); }, {},
      nullptr, Stream(4));
  return {std::move(small.network), std::move(small.parameters)};
}

void run_one(benchmark::State& state, const std::string& name, const Json& pruning, const Json& compression,
             bool training) {
  const Whole of = whole(name);
  const FittedNetwork fitted = smaller(of, pruning, compression);
  const FittedNetwork first = smaller(of, "none", "none");
  const NetworkInputs inputs = fitted.network.inputs_of(of.data.inputs.topRows(training ? 64 : 256));
  Network::Workspace work;
  VectorF gradient(fitted.weights.size());
  for (auto _ : state) {
    const MatrixF& out =
        fitted.network.forward(fitted.weights, inputs, work, training ? Pass::training : Pass::prediction);
    if (training) fitted.network.backward(MatrixF(out), work, gradient);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["operations left"] = fitted.network.operations() / first.network.operations();
  state.counters["numbers left"] =
      static_cast<double>(fitted.weights.size()) / static_cast<double>(first.weights.size());
}

void register_all() {
  for (const bool training : {true, false})
    for (const char* name : {"vgg-8", "resnet-8", "mlp"}) {
      const auto add = [&](const std::string& what, const Json& pruning, const Json& compression) {
        const std::string title = std::string(training ? "step/" : "predict/") + name + "/" + what;
        benchmark::RegisterBenchmark(title.c_str(), [=](benchmark::State& state) {
          run_one(state, name, pruning, compression, training);
        })->Unit(benchmark::kMillisecond);
      };
      add("whole", "none", "none");
      for (const char* criterion : {"grasp", "synflow"})
        for (const double sparsity : {0.8, 0.9, 0.95, 0.98})
          add(criterion + std::string("_") + std::to_string(sparsity).substr(0, 4),
              {{"criterion", criterion}, {"sparsity", sparsity}}, "none");
      for (const char* criterion : {"kron-obd", "eigendamage"})
        for (const int factor : {2, 5, 10})
          add(criterion + std::string("_") + std::to_string(factor) + "x", "none",
              {{"criterion", criterion}, {"smaller", factor}, {"cap", 0.99}, {"epochs", 0}});
    }
}

}  // namespace
}  // namespace predcorr::benchmarks

int main(int count, char** arguments) {
  predcorr::benchmarks::register_all();
  return predcorr::benchmarks::run(count, arguments);
}
