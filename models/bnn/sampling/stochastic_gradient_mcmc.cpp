// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/stochastic_gradient_mcmc.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/engine/optimiser.hpp"

namespace predcorr::models {

EnumWords<CycleSchedule> words_of(CycleSchedule) {
  return {{"cyclical", CycleSchedule::cyclical}, {"constant", CycleSchedule::constant}};
}

Fields<StochasticGradientParameters> StochasticGradientParameters::fields() {
  using P = StochasticGradientParameters;
  return joined_fields<P>(
      WeightChainParameters::fields(),
      {field("burn_in", &P::burn_in, between(0, 100000), "cycles before the first of which draws are kept"),
       field("cycles", &P::cycles, between(1, 100000), "falls of the learning rate to 0, each from a new height"),
       field("epochs", &P::epochs, between(1, 1000000), "passes over the training rows in a cycle"),
       field("draws", &P::draws, between(2, 100000), "networks kept from each cycle of each chain"),
       field("exploration", &P::exploration, between(0, 0.999), "share of a cycle before draws are kept"),
       field("schedule", &P::schedule, "the learning rate over time"),
       field("learning_rate", &P::learning_rate, above(0), "largest step size, on half the mean squared error"),
       field("batch", &P::batch, between(1, 1000000), "rows per step"),
       field("clip_norm", &P::clip_norm, at_least(0),
             "longest gradient of the data's part, longer ones are shortened to it; 0: any")});
}

namespace {

/// Both variances of one chain and how they are drawn.
class ChainVariances {
 public:
  ChainVariances(const WeightVariances& variances, const WeightHyper& hyper, const Network& network, const Batch& data,
                 const Stream& stream)
      : variances_(variances), hyper_(hyper), density_(network, data), random_(stream.fork("variances")) {}

  const WeightHyper& hyper() const { return hyper_; }

  /// @param weights scaled, if that is how the prior variance moves
  void draw(bool adapt, VectorF& weights) {
    double residuals = density_.residual_squares(weights);
    if (variances_.learns_prior()) {
      const double factor = scale_move_.propose(adapt, random_);
      const WeightHyper then{hyper_.noise_variance, hyper_.prior_variance * factor * factor};
      scaled_ = static_cast<float>(factor) * weights;
      const double scaled_residuals = density_.residual_squares(scaled_);
      if (scale_move_.accept(variances_.log_odds(hyper_, residuals, then, scaled_residuals), adapt, random_)) {
        weights = scaled_;
        hyper_ = then;
        residuals = scaled_residuals;
      }
    }
    hyper_ = variances_.drawn(hyper_, {residuals, weights.cast<double>().squaredNorm()}, random_);
  }

 private:
  const WeightVariances& variances_;
  WeightHyper hyper_;
  WeightDensity density_;
  ScaleMove scale_move_;
  Stream random_;
  VectorF scaled_;
};

}  // namespace

void stochastic_gradient_chain(const StochasticGradientParameters& p, double momentum, const Network& network,
                               const Batch& data, const WeightVariances& variances, WeightHyper hyper, VectorF start,
                               const Stream& stream, Index c, ChainDraws& draws) {
  const Index n = data.inputs.count, w = network.parameter_count();
  const bool cyclical = p.schedule == CycleSchedule::cyclical;
  MiniBatches batches(data, consecutive_rows(0, n), p.batch, stream.fork("batches"));
  Stream noise_stream = stream.fork("noise");
  ChainVariances chain(variances, hyper, network, data, stream);
  DivergenceGuard guard(data.targets);
  Network::Workspace work;
  MatrixF output_gradient;
  VectorF& weights = start;
  VectorF gradient(w), noise(w), velocity = VectorF::Zero(w);
  const Index steps = p.epochs * batches.per_epoch();
  const Index variance_steps = std::clamp(p.epochs / 100, 1, kVarianceEpochs) * batches.per_epoch();
  const auto first = static_cast<Index>(p.exploration * static_cast<double>(steps));
  for (Index cycle = -p.burn_in; cycle < p.cycles; ++cycle) {
    Index kept = cycle < 0 ? p.draws : 0;
    for (Index k = 0; k < steps; ++k) {
      const double progress = static_cast<double>(k) / static_cast<double>(steps);
      const double temperature = chain.hyper().noise_variance / static_cast<double>(n);
      const double decay = temperature / chain.hyper().prior_variance;
      const double rate =
          std::min(p.learning_rate * (cyclical ? schedule_at(Schedule::cosine, progress) : 1.0), 0.5 / decay);
      const Batch& rows = batches.next();
      guard.check(squared_loss(network.forward(weights, rows.inputs, work), rows.targets, output_gradient).value);
      network.backward(output_gradient, work, gradient);
      clip(gradient, p.clip_norm);
      gradient += static_cast<float>(decay) * weights;
      velocity = static_cast<float>(momentum) * velocity - static_cast<float>(rate) * gradient;
      noise_stream.fill_normals(noise);
      velocity += static_cast<float>(std::sqrt(2 * (1 - momentum) * rate * temperature)) * noise;
      weights += velocity;
      if (variances.learns() && (k + 1) % variance_steps == 0)
        chain.draw(cycle < 0 || (cycle == 0 && k < first), weights);
      while (kept < p.draws && (k + 1 - first) * p.draws >= (kept + 1) * (steps - first))
        draws.keep(c, cycle * p.draws + kept++, weights, chain.hyper());
    }
  }
  guard.check(weights.cast<double>().squaredNorm());
}

std::unique_ptr<Posterior> stochastic_gradient_posterior(const StochasticGradientParameters& p, double momentum,
                                                         const TrainingData& data, const Stream& stream) {
  const Batch given = network_data(data);
  const NetworkStart start = p.start(given, data.inputs.cols(), stream);
  const Network& network = start.network;
  Batch narrowed;
  const Batch& all = as_seen_by(network, given, narrowed);
  const WeightVariances variances = p.variances(network, all.targets);
  const ChainStarts starts = chain_starts(p, network, all, stream);
  ChainDraws draws(network.parameter_count(), p.cycles * p.draws, p.chains);
  parallel_for(p.chains, [&](Index c) {
    stochastic_gradient_chain(p, momentum, network, all, variances, starts.hyper,
                              starts.weights[static_cast<std::size_t>(c)],
                              stream.fork("chain", static_cast<std::uint64_t>(c)), c, draws);
  });
  return chain_posterior(network, data.inputs, std::move(draws), start.record, {}, "raise burn_in, epochs or chains");
}

}  // namespace predcorr::models
