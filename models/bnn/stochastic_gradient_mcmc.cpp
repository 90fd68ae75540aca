// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/stochastic_gradient_mcmc.hpp"

#include <cmath>

#include "core/parallel.hpp"
#include "models/bnn/draws_posterior.hpp"
#include "models/bnn/likelihood.hpp"

namespace predcorr::models {

Fields<StochasticGradientParameters> StochasticGradientParameters::fields() {
  using P = StochasticGradientParameters;
  return joined_fields<P>(
      WeightChainParameters::fields(),
      {field("cycles", &P::cycles, between(1, 100000), "falls of the learning rate to 0, each from a new height"),
       field("epochs", &P::epochs, between(1, 1000000), "passes over the training rows in a cycle"),
       field("draws", &P::draws, between(2, 100000), "networks kept from each cycle of each chain"),
       field("exploration", &P::exploration, between(0, 0.999), "share of a cycle before draws are kept"),
       field("schedule", &P::schedule, one_of({"cyclical", "constant"}), "the learning rate over time"),
       field("learning_rate", &P::learning_rate, above(0), "largest step size, on half the mean squared error"),
       field("batch", &P::batch, between(1, 1000000), "rows per step"),
       field("clip_norm", &P::clip_norm, at_least(0), "longest gradient, longer ones are shortened to it; 0: any")});
}

MatrixF stochastic_gradient_chain(const StochasticGradientParameters& p, double momentum, const Network& network,
                                  const Batch& data, const WeightHyper& hyper, VectorF start, const Stream& stream) {
  const Index n = data.inputs.count, w = network.parameter_count();
  const double temperature = hyper.noise_variance / static_cast<double>(n);
  const auto decay = static_cast<float>(temperature / hyper.prior_variance);
  const bool cyclical = p.schedule == "cyclical";
  MiniBatches batches(data, consecutive_rows(0, n), p.batch, stream.fork("batches"));
  Stream noise_stream = stream.fork("noise");
  DivergenceGuard guard(data.targets);
  Network::Workspace work;
  MatrixF output_gradient, draws(w, p.cycles * p.draws);
  VectorF& weights = start;
  VectorF gradient(w), noise(w), velocity = VectorF::Zero(w);
  const Index steps = p.epochs * batches.per_epoch();
  const auto first = static_cast<Index>(p.exploration * static_cast<double>(steps));
  for (Index cycle = 0; cycle < p.cycles; ++cycle) {
    Index kept = 0;
    for (Index k = 0; k < steps; ++k) {
      const double progress = static_cast<double>(k) / static_cast<double>(steps);
      const double rate = p.learning_rate * (cyclical ? schedule_at("cosine", progress) : 1.0);
      const Batch& rows = batches.next();
      guard.check(squared_loss(network.forward(weights, rows.inputs, work), rows.targets, output_gradient).value);
      network.backward(output_gradient, work, gradient);
      gradient += decay * weights;
      clip(gradient, p.clip_norm);
      velocity = static_cast<float>(momentum) * velocity - static_cast<float>(rate) * gradient;
      noise_stream.fill_normals(noise);
      velocity += static_cast<float>(std::sqrt(2 * (1 - momentum) * rate * temperature)) * noise;
      weights += velocity;
      while (kept < p.draws && (k + 1 - first) * p.draws >= (kept + 1) * (steps - first))
        draws.col(cycle * p.draws + kept++) = weights;
    }
  }
  guard.check(weights.cast<double>().squaredNorm());
  return draws;
}

std::unique_ptr<Posterior> stochastic_gradient_posterior(const StochasticGradientParameters& p, double momentum,
                                                         const TrainingData& data, const Stream& stream) {
  const Network network = p.network(data.inputs.cols());
  const Batch all = network_data(data);
  VarianceLearner learner(p);
  const std::vector<VectorF> starts = chain_starts(p, network, all, learner, stream);
  const WeightHyper hyper = learner.hyper();
  const Index each = p.cycles * p.draws;
  MatrixF draws(network.parameter_count(), p.chains * each);
  parallel_for(p.chains, [&](Index c) {
    draws.middleCols(c * each, each) =
        stochastic_gradient_chain(p, momentum, network, all, hyper, starts[static_cast<std::size_t>(c)],
                                  stream.fork("chain", static_cast<std::uint64_t>(c)));
  });
  Diagnostics record = chain_diagnostics(network, data.inputs, draws, p.chains);
  record["noise_variance"] = hyper.noise_variance;
  record["prior_variance"] = hyper.prior_variance;
  return std::make_unique<DrawsPosterior>(network, std::move(draws), hyper.noise_variance, std::move(record));
}

}  // namespace predcorr::models
