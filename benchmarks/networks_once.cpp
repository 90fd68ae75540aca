// SPDX-License-Identifier: Apache-2.0
// predcorr's side of compare_networks.py: trains or differentiates ReLU networks d-UNITS-1, prints one line of JSON.
//   networks_once train FILE --units H --count M --work E   M networks, E epochs each: network-epochs per second
//   networks_once bbb FILE --units H --work E               E epochs of bbb, 10 weight samples a step: epochs per
//   second networks_once gradients FILE --units H --count C --work G  C chains, G full-batch gradients each: gradients
//   per second networks_once draws FILE --units H --count S            S networks at all rows of `query`: seconds
// FILE has x (n x d) and y (n). All take --threads T, --repeats R, --batch B.
#include <tbb/global_control.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "benchmarks/release_only.hpp"
#include "benchmarks/seconds.hpp"
#include "core/base/parallel.hpp"
#include "core/numpy/npz.hpp"
#include "models/bnn/engine/function_draws.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/engine/training.hpp"
#include "models/bnn/sampling/weight_density.hpp"
#include "models/model.hpp"

namespace {

using namespace predcorr;
using namespace predcorr::models;

struct Work {
  std::string what, file;
  int units = 50, count = 1, work = 10, batch = 100, threads = 1, repeats = 3;
};

Network network_of(const Work& w, const TrainingData& data) { return Network({data.inputs.cols(), {w.units}, 1}); }

/// Mean squared error of the last network on all rows, so that it can be seen that something was learned.
double train_networks(const Work& w, const TrainingData& data) {
  const Network network = network_of(w, data);
  const Batch all = network_data(data);
  TrainingParameters plan;
  plan.epochs = w.work;
  plan.batch = w.batch;
  MatrixF trained(network.parameter_count(), w.count);
  parallel_for(w.count, [&](Index i) {
    const Stream stream = Stream(1).fork("member", static_cast<std::uint64_t>(i));
    Stream initial = stream.fork("initial");
    Network::Workspace work;
    MatrixF output_gradient;
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      const NetworkLoss value = squared_loss(network.forward(at, batch.inputs, work), batch.targets, output_gradient);
      network.backward(output_gradient, work, gradient);
      return value.value;
    };
    trained.col(i) = train(plan, all, network.initial_parameters(initial), stream, {loss, nullptr}).parameters;
  });
  Network::Workspace work;
  MatrixF unused;
  return 2 * squared_loss(network.forward(trained.col(w.count - 1), all.inputs, work), all.targets, unused).value;
}

double train_bbb(const Work& w, const TrainingData& data) {
  const Json parameters = {
      {"units", w.units}, {"epochs", w.work}, {"batch", w.batch}, {"training_samples", 10}, {"samples", 2}};
  const auto posterior = Registry<Model>::instance()
                             .make({.name = "bbb", .parameters = parameters}, "networks_once")
                             .object->fit(data, Stream(1));
  return posterior->diagnostics().at("noise_variance");
}

/// Mean squared error of the last chain's network.
double gradients(const Work& w, const TrainingData& data) {
  const Network network({data.inputs.cols(), {w.units}, 1, Activation::relu, true});
  const Batch all = network_data(data);
  Vector last(w.count);
  parallel_for(w.count, [&](Index i) {
    Stream stream = Stream(1).fork("chain", static_cast<std::uint64_t>(i));
    VectorF at = network.initial_parameters(stream), gradient(at.size());
    WeightDensity density(network, all);
    for (int g = 0; g < w.work; ++g) {
      density(at, {.noise_variance = 1, .prior_variance = 1}, gradient);
      at += 1e-6f * gradient;  // something that needs the gradient, as a leapfrog step does
    }
    last(i) = density.squares() / static_cast<double>(density.rows());
  });
  return last.mean();
}

double draws(const Work& w, const TrainingData& data) {
  const Network network = network_of(w, data);
  const WeightDraw draw = [&](Index s, VectorF& weights) {
    Stream stream = Stream(1).fork("draw", static_cast<std::uint64_t>(s));
    weights = network.initial_parameters(stream);
  };
  return predict_draws(network, data.inputs, w.count, draw, 0.1).mean.mean();
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("predcorr's side of compare_networks.py");
  Work w;
  app.add_option("what", w.what)->required()->check(CLI::IsMember({"train", "bbb", "gradients", "draws"}));
  app.add_option("file", w.file)->required();
  app.add_option("--units", w.units);
  app.add_option("--count", w.count);
  app.add_option("--work", w.work);
  app.add_option("--batch", w.batch);
  app.add_option("--threads", w.threads)->check(CLI::PositiveNumber);
  app.add_option("--repeats", w.repeats)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  if (!benchmarks::release_build()) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(w.threads));
  try {
    const NpzReader npz{w.file};
    const TrainingData data{npz.matrix("x"), npz.vector("y")};
    const auto run = w.what == "train"   ? train_networks
                     : w.what == "bbb"   ? train_bbb
                     : w.what == "draws" ? draws
                                         : gradients;
    std::vector<double> seconds;
    double outcome = 0;
    reset_peak_resident_bytes();
    const double before = peak_resident_bytes();
    for (int r = 0; r < w.repeats; ++r) seconds.push_back(benchmarks::seconds_of([&] { outcome = run(w, data); }));
    const double least = *std::min_element(seconds.begin(), seconds.end());
    const double done = w.what == "draws" ? 1 : static_cast<double>(w.work) * (w.what == "bbb" ? 1 : w.count);
    fmt::print("{}\n", Json({{"seconds", seconds},
                             {"rate", done / least},
                             {"outcome", outcome},
                             {"peak_bytes", peak_resident_bytes() - before},
                             {"software", fmt::format("predcorr {}", commit())}})
                           .dump());
  } catch (const std::exception& e) {
    fmt::print(stderr, "networks_once: {}\n", e.what());
    return 2;
  }
  return 0;
}
