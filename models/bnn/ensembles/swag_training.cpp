// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/ensembles/swag_training.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "models/bnn/compression/compression.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/engine/optimiser.hpp"

namespace predcorr::models {
namespace {

/// How training went.
struct Watched {
  Settling settling;
  Int8Record record;
};

/// Weights, and the logarithm of their noise variance behind them.
/// @param training of `options`, or what goes on after compression  @param watched null: nobody is told
VectorF trained_on(const SwagParameters& options, const TrainingParameters& training, const Network& network,
                   VectorF start, const Batch& given, const Stream& stream, Watched* watched) {
  Batch narrowed;
  const Batch& all = as_seen_by(network, given, narrowed);
  const Index p = network.parameter_count();
  Network::Workspace work;
  MatrixF output_gradient;
  const auto decay = static_cast<float>(options.weight_decay);
  const auto fit = [&](const VectorF& at, const Batch& batch, Pass pass) {
    return gaussian_loss(network.forward(at.head(p), batch.inputs, work, pass), batch.targets, at(p), output_gradient);
  };
  const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
    const NetworkLoss value = fit(at, batch, Pass::training);
    network.backward(output_gradient, work, gradient.head(p));
    network.add_decay(decay, at.head(p), gradient.head(p));
    gradient(p) = value.by_log_variance;
    return value.value;
  };
  const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
    return fit(at, batch, Pass::prediction).value;
  };
  const EpochHook watch = [&](int epoch, const VectorF& at) {
    if (watched != nullptr && training.validation == 0) watched->settling.observe(epoch, static_cast<double>(at(p)));
  };
  Objective objective =
      following(network, work, stream, {loss, held_out, watch}, watched == nullptr ? nullptr : &watched->record);
  if (watched != nullptr) objective = before_compression(options.compression, network, std::move(objective));
  return train(training, all, std::move(start), stream, objective).parameters;
}

}  // namespace

Fields<SwagParameters> SwagParameters::fields() {
  using P = SwagParameters;
  return trained_network_fields<P, CompressibleNetworkParameters>(
      {field("weight_decay", &P::weight_decay, at_least(0), "penalty on |weights|^2 / 2"),
       field("swag_epochs", &P::swag_epochs, between(2, 1000000), "epochs at a constant rate, whose ends are points"),
       field("swag_learning_rate", &P::swag_learning_rate, above(0), "that rate, on half the mean squared error"),
       field("rank", &P::rank, between(1, 10000), "last points whose deviations are kept"),
       field("samples", &P::samples, between(2, 1000000), "weight samples of the joint prediction")});
}

SwagRun swag_run(const SwagParameters& options, const TrainingData& data, const Batch& given, const Stream& stream,
                 const EpochHook& after_epoch) {
  const Stream before = stream.fork("pre-training");
  const NetworkStart start = network_start(options, data, given, 1, false, false, before.fork("initial"));
  Network network = start.network;
  Watched watched{Settling("noise_variance", options.epochs), {}};
  VectorF trained = VectorF::Zero(start.weights.size() + 1);
  trained.head(start.weights.size()) = start.weights;
  trained = trained_on(options, options, network, std::move(trained), given, before, &watched);
  Diagnostics sizes = start.record;
  if (const auto& compression = options.compression.options()) {
    CompressedNetwork small = compressed(
        *compression, network, std::move(trained), given,
        [](const VectorF& behind) { return gaussian_information(noise_variance(behind(0))); }, options,
        [&](const Network& smaller, VectorF from, const TrainingParameters& training, const Stream& further) {
          return trained_on(options, training, smaller, std::move(from), given, further, nullptr);
        },
        before.fork("compression"));
    network = std::move(small.network);
    trained = std::move(small.parameters);
    sizes.merge(small.record);
  }
  Batch narrowed;
  const Batch& all = as_seen_by(network, given, narrowed);
  const Index p = network.parameter_count(), n = all.inputs.count;
  const double noise = noise_variance(trained(p));
  const auto decay = static_cast<float>(noise * options.weight_decay);
  const int batch = std::min(options.batch, static_cast<int>(std::max<Index>(n / 4, 1)));
  MiniBatches batches(all, consecutive_rows(0, n), batch, stream.fork("batches"));
  Momentum optimiser(p, options.momentum);
  DivergenceGuard guard(all.targets);
  Network::Workspace work;
  MatrixF output_gradient;
  VectorF weights = trained.head(p), gradient(p);
  const Objective hooks = following(network, work, stream, {});
  SwagRun run{network, SwagMoments(p, options.rank), noise, watched.settling, watched.record, std::move(sizes)};
  for (int epoch = 1; epoch <= options.swag_epochs; ++epoch) {
    for (Index b = 0; b < batches.per_epoch(); ++b) {
      const Batch& rows = batches.next();
      const NetworkLoss loss =
          squared_loss(network.forward(weights, rows.inputs, work, Pass::training), rows.targets, output_gradient);
      try {
        guard.check(loss.value);
      } catch (const Error& e) {
        throw e.in(fmt::format("with swag_learning_rate {}", options.swag_learning_rate));
      }
      network.backward(output_gradient, work, gradient);
      network.add_decay(decay, weights, gradient);
      clip(gradient, options.clip_norm);
      optimiser.step(gradient, options.swag_learning_rate, weights,
                     hooks.rate_factors ? hooks.rate_factors() : VectorF());
      hooks.after_step(weights);
    }
    run.moments.add(weights);
    run.record.observe(network, work);
    if (after_epoch) after_epoch(epoch, weights);
  }
  return run;
}

MatrixF swag_draws(const SwagRun& run, const Batch& all, int samples, Stream stream) {
  MatrixF draws(run.network.parameter_count(), samples);
  for (Index s = 0; s < draws.cols(); ++s) run.moments.draw(stream, draws.col(s));
  Batch narrowed;
  const Batch& seen = as_seen_by(run.network, all, narrowed);
  parallel_for(draws.cols(), [&](Index s) { measure_statistics(run.network, seen, draws.col(s)); });
  return draws;
}

}  // namespace predcorr::models
