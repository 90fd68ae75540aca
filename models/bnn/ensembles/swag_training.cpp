// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/ensembles/swag_training.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/engine/optimiser.hpp"

namespace predcorr::models {
namespace {

/// Weights, and the logarithm of their noise variance behind them.
VectorF pretrained(const SwagParameters& options, const NetworkStart& begin, const Batch& all, const Stream& stream,
                   Settling& settling, Int8Record& record) {
  const Network& network = begin.network;
  const Index p = network.parameter_count();
  VectorF start = VectorF::Zero(p + 1);
  start.head(p) = begin.weights;
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
    if (options.validation == 0) settling.observe(epoch, static_cast<double>(at(p)));
  };
  return train(options, all, start, stream, following(network, work, stream, {loss, held_out, watch}, &record))
      .parameters;
}

}  // namespace

Fields<SwagParameters> SwagParameters::fields() {
  using P = SwagParameters;
  return trained_network_fields<P>(
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
  const Network& network = start.network;
  Batch narrowed;
  const Batch& all = as_seen_by(network, given, narrowed);
  const Index p = network.parameter_count(), n = all.inputs.count;
  Settling settling("noise_variance", options.epochs);
  Int8Record record;
  const VectorF trained = pretrained(options, start, all, before, settling, record);
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
  SwagRun run{network, SwagMoments(p, options.rank), noise, settling, record, start.record};
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
