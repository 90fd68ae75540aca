// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/weight_chains.hpp"

#include <algorithm>
#include <memory>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "models/bnn/function_draws.hpp"
#include "models/mcmc_diagnostics.hpp"

namespace predcorr::models {
namespace {

constexpr double kSmallestLearned = 1e-6;  // noise variance
constexpr double kStartRate = 0.1;         // of Adam towards the data
constexpr Index kWatchedPoints = 50;       // whose function values the diagnostics follow

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
      NetworkParameters::fields(),
      {field("chains", &P::chains, between(1, 1000), "independent Markov chains"),
       field("start_steps", &P::start_steps, between(0, 10000000),
             "steps of Adam that bring a draw from the prior near the data; 0: chains start at the prior"),
       field("learn_noise", &P::learn_noise, anything(), "whether the noise variance is learned before draws are kept"),
       field("noise_variance", &P::noise_variance, above(0),
             "of a target, in squared training units, at first or for good"),
       field("learn_prior", &P::learn_prior, anything(), "whether the prior variance is learned likewise"),
       field("prior_variance", &P::prior_variance, above(0),
             std::string(kPriorVarianceMeaning) + "; at first or for good"),
       field("variance_rate", &P::variance_rate, above(0), "of Adam on the logarithms of both variances")});
}

VarianceLearner::VarianceLearner(const WeightChainParameters& p)
    : learn_noise_(p.learn_noise),
      learn_prior_(p.learn_prior),
      given_{p.noise_variance, p.prior_variance},
      rate_(p.variance_rate),
      logs_(VectorF{{static_cast<float>(std::log(p.noise_variance)), static_cast<float>(std::log(p.prior_variance))}}),
      adam_(2) {}

WeightHyper VarianceLearner::hyper() const {
  const Vector learned = logs_.cast<double>().array().exp();
  return {learn_noise_ ? std::max(learned(0), kSmallestLearned) : given_.noise_variance,
          learn_prior_ ? learned(1) : given_.prior_variance};
}

void VarianceLearner::step(double residual_square, double weight_square, double share) {
  const WeightHyper now = hyper();
  VectorF gradient = VectorF::Zero(2);
  if (learn_noise_) gradient(0) = static_cast<float>(0.5 - 0.5 * residual_square / now.noise_variance);
  if (learn_prior_) gradient(1) = static_cast<float>(0.5 - 0.5 * weight_square / now.prior_variance);
  adam_.step(gradient, rate_ * share, logs_);
}

std::vector<VectorF> chain_starts(const WeightChainParameters& p, const Network& network, const Batch& data,
                                  VarianceLearner& learner, const Stream& stream) {
  std::vector<std::unique_ptr<Start>> starts(static_cast<std::size_t>(p.chains));
  const auto each = [&](const auto& body) {
    parallel_for(p.chains, [&](Index c) { body(starts[static_cast<std::size_t>(c)], c); });
  };
  WeightHyper hyper = learner.hyper();
  each([&](auto& start, Index c) {
    start = std::make_unique<Start>(network, data, stream.fork("start", static_cast<std::uint64_t>(c)));
    start->begin(hyper);
  });
  for (int done = 0; done < p.start_steps; done += kVarianceSweep) {
    const double progress = static_cast<double>(done) / p.start_steps;
    const bool learning = learner.learns() && progress >= 0.5;
    each([&](auto& start, Index) {
      start->advance(std::min(kVarianceSweep, p.start_steps - done), kStartRate * schedule_at("cosine", progress),
                     hyper);
      if (learning) start->observe(hyper);
    });
    if (!learning) continue;
    double residual_square = 0, weight_square = 0;
    for (const auto& start : starts) {
      residual_square += start->squares() / static_cast<double>(data.targets.size() * p.chains);
      weight_square += start->weights().template cast<double>().squaredNorm() /
                       static_cast<double>(network.parameter_count() * p.chains);
    }
    learner.step(residual_square, weight_square, schedule_at("cosine", 2 * progress - 1));
    hyper = learner.hyper();
  }
  std::vector<VectorF> found;
  for (const auto& start : starts) {
    const double log_density = start->observe(hyper);
    require(
        std::isfinite(log_density) && start->gradient().allFinite(), ErrorKind::numerical,
        "chain {}: the log density is {} after {} steps of Adam and must be finite with its gradient; bring the data "
        "to unit scale",
        found.size(), log_density, p.start_steps);
    found.push_back(start->weights());
  }
  return found;
}

Diagnostics chain_diagnostics(const Network& network, const Matrix& inputs, const MatrixF& draws, Index chains) {
  const Index points = std::min(kWatchedPoints, inputs.rows());
  Rows watched;
  for (Index i = 0; i < points; ++i) watched.push_back(i * inputs.rows() / points);
  const RowMatrix values = predict_draws(network, inputs(watched, Eigen::all), draws, 0).latent.factor_rows(0, points);
  double r_hat = 1, size = 0;
  for (Index i = 0; i < points; ++i) {
    const Matrix chain = values.row(i).reshaped(draws.cols() / chains, chains);
    const double here = effective_sample_size(chain);
    r_hat = std::max(r_hat, split_r_hat(chain));
    size = i == 0 ? here : std::min(size, here);
  }
  return {{"r_hat", r_hat}, {"ess", size}};
}

}  // namespace predcorr::models
