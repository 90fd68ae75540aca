// SPDX-License-Identifier: Apache-2.0
// predcorr's side of compare_images.py and compare_int8.py: trains networks, prints one line of JSON.
//   images_once layers --network N           the layers that the name stands for
//   images_once train FILE --network N --work E   E epochs by Adam: seconds
// FILE has x (n x height * width) and y (n); images are square, of one channel. --network mlp takes any x, and --units.
#include <tbb/global_control.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "benchmarks/release_only.hpp"
#include "benchmarks/seconds.hpp"
#include "core/base/parallel.hpp"
#include "core/numpy/npz.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/engine/training.hpp"

namespace {

using namespace predcorr;
using namespace predcorr::models;

struct Work {
  std::string what, file, network = "vgg-8", precision = R"("float")";
  std::vector<int> units = {50};
  int work = 1, batch = 64, threads = 1, repeats = 3;
};

Network network_for(const Work& w, const TrainingData& data) {
  ImageNetworkParameters description;
  description.network = NetworkDescription(w.network);
  description.precision = Precision(Json::parse(w.precision));
  description.units = w.units;
  return Network(description.architecture(data, 1, false));
}

VectorF train_images(const Work& w, const Network& network, const Batch& all) {
  TrainingParameters plan;
  plan.epochs = w.work;
  plan.batch = w.batch;
  plan.learning_rate = 1e-3;
  Network::Workspace work;
  MatrixF output_gradient;
  const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
    const MatrixF& out = network.forward(at, batch.inputs, work, Pass::training);
    const NetworkLoss value = squared_loss(out, batch.targets, output_gradient);
    network.backward(output_gradient, work, gradient);
    return value.value;
  };
  Stream initial(1);
  const Objective objective = following(network, work, Stream(3), {loss, nullptr});
  return train(plan, all, network.initial_parameters(initial), Stream(2), objective).parameters;
}

/// On all rows, so that it can be seen that something was learned.
double mean_squared_error(const Network& network, const VectorF& trained, const Batch& all) {
  Network::Workspace work;
  MatrixF unused;
  return 2 * squared_loss(network.forward(trained, all.inputs, work, Pass::prediction), all.targets, unused).value;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("predcorr's side of compare_images.py and compare_int8.py");
  Work w;
  app.add_option("what", w.what)->required()->check(CLI::IsMember({"layers", "train"}));
  app.add_option("file", w.file);
  app.add_option("--network", w.network);
  app.add_option("--units", w.units, "of an mlp");
  app.add_option("--precision", w.precision, "JSON, as in a suite");
  app.add_option("--work", w.work);
  app.add_option("--batch", w.batch);
  app.add_option("--threads", w.threads)->check(CLI::PositiveNumber);
  app.add_option("--repeats", w.repeats)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  if (!benchmarks::release_build()) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(w.threads));
  try {
    if (w.what == "layers") {
      fmt::print("{}\n", NetworkDescription::list_of(w.network).dump());
      return 0;
    }
    const NpzReader npz{w.file};
    TrainingData data{npz.matrix("x"), npz.vector("y")};
    const Index side = std::lround(std::sqrt(static_cast<double>(data.inputs.cols())));
    if (w.network != "mlp") data.image = ImageShape{side, side, 1};
    const Network network = network_for(w, data);
    const Batch all = network_data(data);
    std::vector<double> seconds;
    VectorF trained;
    reset_peak_resident_bytes();
    const double before = peak_resident_bytes();
    for (int r = 0; r < w.repeats; ++r)
      seconds.push_back(benchmarks::seconds_of([&] { trained = train_images(w, network, all); }));
    const double peak = peak_resident_bytes() - before;
    fmt::print("{}\n", Json({{"seconds", seconds},
                             {"outcome", mean_squared_error(network, trained, all)},
                             {"peak_bytes", peak},
                             {"software", fmt::format("predcorr {}", commit())}})
                           .dump());
  } catch (const std::exception& e) {
    fmt::print(stderr, "images_once: {}\n", e.what());
    return 2;
  }
  return 0;
}
