// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_chains.hpp"

#include <algorithm>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "models/bnn/engine/draws_posterior.hpp"
#include "models/bnn/engine/optimiser.hpp"

namespace predcorr::models {
namespace {

constexpr double kSmallestLearned = 1e-6;  // noise variance, in units of the targets' mean square
constexpr double kStartRate = 0.1;         // of Adam towards the data
constexpr Index kWatchedPoints = 50;       // whose function values the diagnostics follow

/// 1 where all targets are 0, of which nothing can be a share.
double mean_square(const VectorF& targets) {
  const double square = targets.cast<double>().squaredNorm() / static_cast<double>(targets.size());
  return square > 0 ? square : 1;
}

/// One chain on its way from the prior to the data.
class Start {
 public:
  Start(const Network& network, const Batch& data, Stream stream)
      : targets_(data.targets), observed_(network, data), disturbed_(network, data), adam_(network.parameter_count()) {
    anchor_.resize(network.parameter_count());
    noise_.resize(targets_.size());
    stream.fill_normals(anchor_);
    stream.fill_normals(noise_);
    gradient_ = anchor_;
  }

  void begin(const WeightHyper& hyper) { weights_ = static_cast<float>(std::sqrt(hyper.prior_variance)) * anchor_; }

  void advance(int steps, double rate, const WeightHyper& hyper) {
    disturbed_.set_targets(targets_ + static_cast<float>(std::sqrt(hyper.noise_variance)) * noise_);
    const auto pull = static_cast<float>(1 / std::sqrt(hyper.prior_variance));
    const auto per_row = static_cast<float>(-1 / static_cast<double>(targets_.size()));
    for (int i = 0; i < steps; ++i) {
      disturbed_(weights_, hyper, gradient_);
      gradient_ = per_row * (gradient_ + pull * anchor_);
      adam_.step(gradient_, rate, weights_);
    }
  }

  /// Log density with the targets as they are; afterwards `squares` and `gradient` are theirs.
  double observe(const WeightHyper& hyper) { return observed_(weights_, hyper, gradient_); }
  double squares() const { return observed_.squares(); }
  const VectorF& gradient() const { return gradient_; }
  const VectorF& weights() const { return weights_; }

 private:
  VectorF targets_;
  WeightDensity observed_, disturbed_;
  Adam adam_;
  VectorF anchor_, noise_, weights_, gradient_;  // anchor and noise: of unit variance
};

}  // namespace

Fields<WeightChainParameters> WeightChainParameters::fields() {
  using P = WeightChainParameters;
  return joined_fields<P>(
      PrunableNetworkParameters::fields(),
      {field("chains", &P::chains, between(1, 1000), "independent Markov chains"),
       field("start_steps", &P::start_steps, between(0, 10000000),
             "steps of Adam that bring a draw from the prior near the data; 0: chains start at the prior"),
       field("learn_noise", &P::learn_noise, any_value(), "whether the noise variance is learned"),
       field("noise_variance", &P::noise_variance, at_least(0),
             "of a target, at first or for good, in squared training units; 0: at first half the targets' variance"),
       field("noise_shape", &P::noise_shape, at_least(0), "of the inverse gamma prior of a learned noise variance"),
       field("noise_scale", &P::noise_scale, at_least(0), "of that prior, in units of the targets' variance"),
       field("learn_prior", &P::learn_prior, any_value(), "whether the prior variance is learned likewise"),
       field("prior_variance", &P::prior_variance, above(0),
             std::string(kPriorVarianceMeaning) + "; at first or for good"),
       field("prior_shape", &P::prior_shape, at_least(0), "of the inverse gamma prior of a learned eta"),
       field("prior_scale", &P::prior_scale, at_least(0), "of that prior")});
}

void WeightChainParameters::check() const {
  require(learn_noise || noise_variance > 0, ErrorKind::config,
          "noise_variance must be above 0 where learn_noise is false: it is not learned, so it must be given");
}

WeightVariances WeightChainParameters::variances(const Network& network, const VectorF& targets) const {
  const double square = mean_square(targets);
  return {{.learn_noise = learn_noise,
           .learn_prior = learn_prior,
           .noise = {noise_shape, noise_scale * square},
           .prior = {prior_shape, prior_scale},
           .smallest_noise = kSmallestLearned * square},
          targets.size(),
          network.parameter_count()};
}

WeightHyper WeightChainParameters::first_hyper(const VectorF& targets) const {
  return {noise_variance > 0 ? noise_variance : 0.5 * mean_square(targets), prior_variance};
}

ChainStarts chain_starts(const WeightChainParameters& p, const Network& network, const Batch& data,
                         const Stream& stream) {
  std::vector<std::unique_ptr<Start>> starts(static_cast<std::size_t>(p.chains));
  const auto each = [&](const auto& body) {
    parallel_for(p.chains, [&](Index c) { body(starts[static_cast<std::size_t>(c)], c); });
  };
  const WeightVariances variances = p.variances(network, data.targets);
  WeightHyper hyper = p.first_hyper(data.targets);
  each([&](auto& start, Index c) {
    start = std::make_unique<Start>(network, data, stream.fork("start", static_cast<std::uint64_t>(c)));
    start->begin(hyper);
  });
  for (int done = 0; done < p.start_steps; done += kVarianceSweep) {
    const double progress = static_cast<double>(done) / p.start_steps;
    const bool learning = variances.learns_noise() && progress >= 0.5;
    each([&](auto& start, Index) {
      start->advance(std::min(kVarianceSweep, p.start_steps - done),
                     kStartRate * schedule_at(Schedule::cosine, progress), hyper);
      if (learning) start->observe(hyper);
    });
    if (!learning) continue;
    double residuals = 0;
    for (const auto& start : starts) residuals += start->squares() / p.chains;
    if (std::isfinite(residuals))  // or the check below says so
      hyper.noise_variance = variances.most_probable(hyper, {.residuals = residuals}).noise_variance;
  }
  ChainStarts found{{}, hyper};
  for (const auto& start : starts) {
    const double log_density = start->observe(hyper);
    require(
        std::isfinite(log_density) && start->gradient().allFinite(), ErrorKind::numerical,
        "chain {}: the log density is {} after {} steps of Adam and must be finite with its gradient; bring the data "
        "to unit scale",
        found.weights.size(), log_density, p.start_steps);
    found.weights.push_back(start->weights());
  }
  return found;
}

void ChainDraws::keep(Index chain, Index draw, const VectorF& w, const WeightHyper& hyper) {
  weights.col(chain * noise.rows() + draw) = w;
  noise(draw, chain) = hyper.noise_variance;
  prior(draw, chain) = hyper.prior_variance;
}

Mixing function_mixing(const Network& network, const Matrix& inputs, const ChainDraws& draws) {
  const Index points = std::min(kWatchedPoints, inputs.rows());
  Rows watched;
  for (Index i = 0; i < points; ++i) watched.push_back(i * inputs.rows() / points);
  const RowMatrix values =
      predict_draws(network, inputs(watched, Eigen::all), draws.weights, 0).latent.factor_rows(0, points);
  Mixing worst;
  for (Index i = 0; i < points; ++i)
    worst.worsen(Mixing::of(Matrix(values.row(i).reshaped(draws.noise.rows(), draws.chains()))));
  return worst;
}

std::unique_ptr<Posterior> chain_posterior(const Network& network, const Matrix& inputs, ChainDraws draws,
                                           Diagnostics record, std::vector<std::string> warnings,
                                           const std::string& advice) {
  const auto warn = [&](const std::string& what, const Mixing& mixing) {
    for (std::string& sentence : mixing_warnings(what, mixing, advice)) warnings.push_back(std::move(sentence));
  };
  const Mixing functions = function_mixing(network, inputs, draws);
  record["r_hat"] = functions.r_hat;
  record["ess"] = functions.ess;
  record["drift"] = functions.drift;
  warn("functions at the training rows", functions);
  const auto describe = [&](const std::string& name, const Matrix& variances) {
    if ((variances.array() == variances(0, 0)).all()) return;
    const Matrix logs = variances.array().log();
    const Mixing mixing = Mixing::of(logs);
    record[name + ".r_hat"] = mixing.r_hat;
    record[name + ".ess"] = mixing.ess;
    record[name + ".drift"] = mixing.drift;
    record[name + ".log_stddev"] = std::sqrt((logs.array() - logs.mean()).square().mean());
    warn(name, mixing);
  };
  const double noise = draws.noise.mean();
  record["noise_variance"] = noise;
  record["prior_variance"] = std::exp(draws.prior.array().log().mean());  // its mean may be infinite
  describe("noise_variance", draws.noise);
  describe("prior_variance", draws.prior);
  std::vector<NetworkDraws> networks = {{network, std::move(draws.weights)}};
  return std::make_unique<DrawsPosterior>(std::move(networks), noise, std::move(record), std::move(warnings));
}

}  // namespace predcorr::models
