// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/noisy_kfac.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/bnn/engine/collapse.hpp"
#include "models/bnn/engine/function_draws.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/engine/optimiser.hpp"
#include "models/bnn/engine/training.hpp"
#include "models/mcmc/settling.hpp"

namespace predcorr::models {

Fields<NoisyKfacParameters> NoisyKfacParameters::fields() {
  using P = NoisyKfacParameters;
  return joined_fields<P>(
      NetworkParameters::fields(),
      joined_fields<P>(
          EpochChoice::fields(),
          Fields<P>{
              field("epochs", &P::epochs, between(1, 1000000), "passes over the training rows"),
              field("batch", &P::batch, between(1, 1000000), "rows per step"),
              field("learning_rate", &P::learning_rate, above(0), "of the logarithms of noise and prior variance"),
              field("step_size", &P::step_size, above(0), "of the natural gradient for the means"),
              field("schedule", &P::schedule,
                    "both rates over time: as they are, half a cosine down to 0, a tenth from half-time on"),
              field("momentum", &P::momentum, between(0, 0.9999), "of the means' steps"),
              field("kl_clip", &P::kl_clip, above(0), "largest squared Fisher norm of a step before momentum"),
              field("statistics_decay", &P::statistics_decay, between(0, 0.999999), "of the curvature's running mean"),
              field("damping", &P::damping, at_least(0),
                    "added to the curvature for steps; the prior's share is there anyway"),
              field("inverse_every", &P::inverse_every, between(1, 1000000),
                    "steps between factorisations of the curvature"),
              field("training_samples", &P::training_samples, between(1, 10000),
                    "weight samples per step; each second one mirrors the one before"),
              field("samples", &P::samples, between(2, 1000000), "weight samples of the joint prediction"),
              field("prior_variance", &P::prior_variance, above(0),
                    std::string(kPriorVarianceMeaning) + "; where learning begins"),
              field("noise_variance", &P::noise_variance, above(0),
                    "of the targets, in squared training units; where learning begins"),
              field("learn_prior_variance", &P::learn_prior_variance, any_value(), "by the variational bound"),
              field("learn_noise_variance", &P::learn_noise_variance, any_value(), "by the variational bound")}));
}

namespace {

using NoisyLayers = std::vector<std::unique_ptr<NoisyLayer>>;

constexpr double kSmallestScale = 1e-6, kLargestScale = 1e15;  // of the variances that are learned

/// `change(layer, matrix)` for every layer's part of a flat vector, which becomes the result.
template <class Change>
void change_layers(const Network& network, const NoisyLayers& posteriors, VectorF& flat, const Change& change) {
  for (std::size_t l = 0; l < posteriors.size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    Eigen::Map<MatrixF> part(flat.data() + layer.at, layer.outputs, layer.inputs + 1);
    part = change(*posteriors[l], Matrix(part.cast<double>())).template cast<float>();
  }
}

/// Weights less their mean.  @param deviation written: parameter_count
void draw_deviation(const Network& network, const NoisyLayers& posteriors, const NoisyScales& scales, Stream& stream,
                    VectorF& deviation) {
  stream.fill_normals(deviation);
  change_layers(network, posteriors, deviation,
                [&](const NoisyLayer& layer, const Matrix& noise) { return layer.deviation(noise, scales); });
}

class NoisyKfacPosterior : public Posterior {
 public:
  /// @param data that the fit was made of, for the share of it that is explained; null asks nothing
  NoisyKfacPosterior(Network network, VectorF mean, NoisyLayers layers, const NoisyScales& scales, Settling noise,
                     Settling prior, Index samples, Stream stream, const TrainingData* data)
      : network_(std::move(network)),
        mean_(std::move(mean)),
        layers_(std::move(layers)),
        scales_(scales),
        noise_(std::move(noise)),
        prior_(std::move(prior)),
        samples_(samples),
        stream_(std::move(stream)) {
    if (data != nullptr)
      explained_share_ = explained_share(
          *data, [this](const Matrix& rows) { return predict_by(rows, std::min(samples_, kJudgedDraws)); });
  }

  std::vector<std::string> warnings() const override {
    return prior_.warnings("raise epochs", noise_.warnings("raise epochs", collapse_warnings(explained_share_)));
  }

  Diagnostics diagnostics() const override {
    double variance = 0;
    for (const auto& layer : layers_) variance += layer->total_variance(scales_);
    return prior_.recorded(noise_.recorded({{"noise_variance", scales_.noise_variance},
                                            {"prior_variance", scales_.prior_variance},
                                            {"mean_weight_variance", variance / static_cast<double>(mean_.size())},
                                            {"explained_share", explained_share_}}));
  }

  // Sample s is drawn from its own stream, so every call sees the same functions without keeping their weights.
  JointPrediction predict_by(const Matrix& query, Index samples) const {
    const WeightDraw draw = [&](Index s, VectorF& weights) {
      Stream stream = stream_.fork("sample", static_cast<std::uint64_t>(s));
      draw_deviation(network_, layers_, scales_, stream, weights);
      weights += mean_;
    };
    return predict_draws(network_, query, samples, draw, scales_.noise_variance);
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override { return predict_by(query, samples_); }

  Network network_;
  VectorF mean_;
  NoisyLayers layers_;
  NoisyScales scales_;
  Settling noise_, prior_;
  Index samples_;
  Stream stream_;
  double explained_share_ = 1;
};

/// The state of a fit and its steps.
class NoisyKfac {
 public:
  NoisyKfac(const NoisyKfacParameters& p, const NoisyLayerMaker& maker, const TrainingData& data, long steps,
            const Stream& stream)
      : p_(p),
        network_(p.architecture(data.inputs.cols(), 1, true)),
        scales_{static_cast<double>(data.targets.size()), p.noise_variance, p.prior_variance, p.damping},
        noise_(stream.fork("weights")),
        noise_settling_("noise_variance", steps, p.schedule == Schedule::cosine),
        prior_settling_("prior_variance", steps, p.schedule == Schedule::cosine) {
    Stream initial = stream.fork("initial");
    mean_ = network_.initial_parameters(initial);
    velocity_ = VectorF::Zero(mean_.size());
    gradient_ = weight_gradient_ = deviation_ = weights_ = velocity_;
    for (const Network::Layer& layer : network_.layers()) layers_.push_back(maker(layer));
    // A first look at the curvature, that there is something to draw from.
    const Index some = std::min(kGradientBlock, data.inputs.rows());
    observe(point_gradients(network_, mean_, data.inputs.topRows(some)).layers);
    refresh();
  }

  /// @param rate the share of both learning rates in force
  void step(const Batch& batch, double rate, DivergenceGuard& guard) {
    gradient_ = mean_ / static_cast<float>(scales_.rows * scales_.prior_variance);
    const float share = 1 / static_cast<float>(p_.training_samples);
    const double above_least = std::max(scales_.noise_variance - kSmallestVariance, kSmallestScale);
    const auto log_noise = static_cast<float>(std::log(above_least));  // as noise_variance reads it
    double loss = 0, by_log_noise = 0;
    for (int s = 0; s < p_.training_samples; ++s) {
      if (s % 2 == 0)
        draw_deviation(network_, layers_, scales_, noise_, deviation_);
      else
        deviation_ = -deviation_;
      weights_ = mean_ + deviation_;
      const NetworkLoss fit =
          gaussian_loss(network_.forward(weights_, batch.inputs, work_), batch.targets, log_noise, output_gradient_);
      loss += fit.value * static_cast<double>(share);
      by_log_noise += static_cast<double>(fit.by_log_variance * share);
      network_.backward(output_gradient_, work_, weight_gradient_);
      gradient_ += share * weight_gradient_;
      if (s == 0) {
        network_.backward_deltas(Network::output_unit(work_, 0), work_);
        gradients_ = layer_gradients(network_, work_);
      }
    }
    guard.check(loss);
    move_mean(rate);
    move_scales(by_log_noise, rate);
    observe(gradients_);
  }

  /// Often at first, when the curvature is known from a few batches; not at the end, when what follows from the last
  /// factorisation is to settle.
  void refresh_if_due(long step, long steps) {
    if (step < next_refresh_ || steps - step < std::min<long>(p_.inverse_every, steps / 4)) return;
    refresh();
    next_refresh_ = step + std::min<long>(p_.inverse_every, 3 * step);
  }

  /// @param step from 1, just taken
  void watch(long step) {
    noise_settling_.observe(step, std::log(scales_.noise_variance));
    prior_settling_.observe(step, std::log(scales_.prior_variance));
  }

  /// What is believed as training stands, which may go on.
  std::unique_ptr<NoisyKfacPosterior> posterior(Index samples, Stream stream, const TrainingData* data) const {
    NoisyLayers settled;
    for (const auto& layer : layers_) {
      settled.push_back(layer->clone());
      settled.back()->settle(scales_);
    }
    return std::make_unique<NoisyKfacPosterior>(network_, mean_, std::move(settled), scales_, noise_settling_,
                                                prior_settling_, samples, std::move(stream), data);
  }

 private:
  void observe(const std::vector<LayerGradients>& rows) {
    ++observed_;
    const double share = std::max(1 - p_.statistics_decay, 1 / static_cast<double>(observed_));
    for (std::size_t l = 0; l < layers_.size(); ++l) layers_[l]->observe(rows[l], share);
  }

  void refresh() {
    for (const auto& layer : layers_) layer->refresh(scales_);
  }

  void move_mean(double rate) {
    VectorF& step = weight_gradient_;
    step = gradient_;
    change_layers(network_, layers_, step,
                  [&](const NoisyLayer& layer, const Matrix& gradient) { return layer.natural(gradient, scales_); });
    const double norm = p_.step_size * p_.step_size * gradient_.cast<double>().dot(step.cast<double>());
    const double clipped = norm > p_.kl_clip ? std::sqrt(p_.kl_clip / norm) : 1;
    velocity_ = static_cast<float>(p_.momentum) * velocity_ + static_cast<float>(clipped) * step;
    mean_ -= static_cast<float>(rate * p_.step_size) * velocity_;
  }

  // The bound's derivative by a log variance, over its Fisher information there (1 / 2 for each row or weight), is the
  // mean square that the variance stands for, relative to it, less 1: of residuals, or of weights.
  void move_scales(double by_log_noise, double rate) {
    double squares = mean_.cast<double>().squaredNorm();
    for (const auto& layer : layers_) squares += layer->unfactored_variance(scales_);
    const double excess = squares / (static_cast<double>(mean_.size()) * scales_.prior_variance) - 1;
    const auto moved = [&](double variance, double by) {
      return std::clamp(variance * std::exp(rate * p_.learning_rate * std::clamp(by, -1.0, 1.0)), kSmallestScale,
                        kLargestScale);
    };
    if (p_.learn_noise_variance) scales_.noise_variance = moved(scales_.noise_variance, -2 * by_log_noise);
    if (p_.learn_prior_variance) scales_.prior_variance = moved(scales_.prior_variance, excess);
  }

  const NoisyKfacParameters& p_;
  Network network_;
  NoisyScales scales_;
  Stream noise_;
  NoisyLayers layers_;
  VectorF mean_, velocity_, gradient_, weight_gradient_, deviation_, weights_;
  Network::Workspace work_;
  MatrixF output_gradient_;
  std::vector<LayerGradients> gradients_;
  long observed_ = 0, next_refresh_ = 1;
  Settling noise_settling_, prior_settling_;
};

}  // namespace

std::unique_ptr<Posterior> fit_noisy_kfac(const NoisyKfacParameters& p, const NoisyLayerMaker& maker,
                                          const PrivilegedData& privileged, const TrainingData& data,
                                          const Stream& stream) {
  const Batch all = network_data(data);
  MiniBatches batches(all, consecutive_rows(0, all.inputs.count), p.batch, stream.fork("batches"));
  DivergenceGuard guard(all.targets);
  const long per_epoch = static_cast<long>(batches.per_epoch()), steps = p.epochs * per_epoch;
  NoisyKfac fit(p, maker, data, steps, stream);
  const TrainingData pool = p.by_pool() ? pool_rows(privileged, data) : TrainingData{};
  BestEpoch by_pool(p.epochs);
  std::unique_ptr<NoisyKfacPosterior> best;
  for (long step = 1; step <= steps; ++step) {
    const double progress = static_cast<double>(step - 1) / static_cast<double>(steps);
    fit.step(batches.next(), schedule_at(p.schedule, progress), guard);
    fit.watch(step);
    fit.refresh_if_due(step, steps);
    const auto epoch = static_cast<int>(step / per_epoch);
    if (!p.by_pool() || step % per_epoch != 0 || !by_pool.looks_at(epoch)) continue;
    // By the same draws each time.
    const auto now = fit.posterior(kJudgedDraws, stream.fork("pool"), nullptr);
    if (by_pool.improves(epoch, negative_log_likelihood(now->predict_by(pool.inputs, kJudgedDraws), pool.targets)))
      best = fit.posterior(p.samples, stream.fork("posterior"), &data);
  }
  if (!p.by_pool()) return fit.posterior(p.samples, stream.fork("posterior"), &data);
  by_pool.require_found();
  return best;
}

}  // namespace predcorr::models
