// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/bnn/compression/compression.hpp"
#include "models/bnn/engine/collapse.hpp"
#include "models/bnn/engine/function_draws.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/pruning/network_start.hpp"
#include "models/bnn/variational/dropout.hpp"
#include "models/mcmc/settling.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct McDropoutParameters : CompressibleNetworkParameters, TrainingParameters, EpochChoice {
  double rate = 0.05;
  bool drop_inputs = false;
  double length_scale = 0.01;
  bool learn_noise = true;
  double tau = 10;
  int samples = 500;
  static Fields<McDropoutParameters> fields() {
    using P = McDropoutParameters;
    return trained_network_fields<P, CompressibleNetworkParameters>(joined_fields<P>(
        EpochChoice::fields(),
        Fields<P>{
            field("rate", &P::rate, between(0, 0.95), "probability that a unit is dropped"),
            field("drop_inputs", &P::drop_inputs, any_value(), "whether the data's inputs are dropped, too"),
            field("length_scale", &P::length_scale, at_least(0), "l: weights ~ N(0, 1 / l^2); 0: no weight decay"),
            field("learn_noise", &P::learn_noise, any_value(), "whether the noise variance is learned or 1 / tau"),
            field("tau", &P::tau, above(0),
                  "precision of the noise, 1 / squared training units, where it is not learned"),
            field("samples", &P::samples, between(2, 1000000), "masks of the joint prediction")}));
  }
};

constexpr float kInitialNoiseLogVariance = -4;  // as the variational network's

/// One mask for each sample, drawn from the sample's own stream: every call sees the same functions.
class McDropoutPosterior : public Posterior {
 public:
  McDropoutPosterior(Network network, VectorF weights, Dropout dropout, double noise_variance, Settling settling,
                     Diagnostics record, int samples, Stream stream, const TrainingData& data)
      : network_(std::move(network)),
        weights_(std::move(weights)),
        dropout_(dropout),
        noise_variance_(noise_variance),
        settling_(std::move(settling)),
        record_(std::move(record)),
        samples_(samples),
        stream_(std::move(stream)),
        explained_share_(explained_share(
            data, [this](const Matrix& rows) { return predict_by(rows, std::min<Index>(samples_, kJudgedDraws)); })) {}

  Diagnostics diagnostics() const override {
    Diagnostics all = settling_.recorded({{"noise_variance", noise_variance_}, {"explained_share", explained_share_}});
    all.insert(record_.begin(), record_.end());
    return all;
  }
  std::vector<std::string> warnings() const override {
    return settling_.warnings("raise epochs", collapse_warnings(explained_share_));
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override { return predict_by(query, samples_); }

  JointPrediction predict_by(const Matrix& query, Index samples) const {
    const WeightDraw draw = [&](Index s, VectorF& weights) {
      weights = weights_;
      dropout_.mask_weights(network_, stream_.fork("sample", static_cast<std::uint64_t>(s)).key(), weights);
    };
    return predict_draws(network_, query, samples, draw, noise_variance_);
  }

  Network network_;
  VectorF weights_;
  Dropout dropout_;
  double noise_variance_;
  Settling settling_;
  Diagnostics record_;  // of training in 8 bits, pruning and compression
  int samples_;
  Stream stream_;
  double explained_share_;
};

/// Dropout as variational inference (Gal & Ghahramani 2016). A weight matrix under q is M diag(mask), mask Bernoulli;
/// training draws a mask for every row of a batch and minimises
///   E_masks[-log N(y; f, 1 / tau)] / n + sum over layers  (p l^2 |M|^2 + l^2 |b|^2) / (2 n),
/// p the probability that the layer's inputs are kept, 1 where they are never dropped. That is tau times the paper's
/// loss (weight decay p l^2 / (2 n tau) beside half the mean squared error), so that tau may be learned.
/// A sample of the prediction is one mask for all query points: the joint covariance is that of functions.
/// Departures: what is kept is multiplied by 1 / p, which makes M the mean's weights and changes nothing but their unit
/// in the decay. tau counts in training units; the published experiments, whose rates and taus the study has, fit
/// standardised targets but take tau in the target's own units, and learn nothing of it. They also drop the data's
/// inputs (`drop_inputs`), decay no biases and do not halve the squared error.
/// Cost: epochs * n * 6 parameters, and 2 * parameters * samples for each query point.
class McDropout : public PrivilegedModel {
 public:
  explicit McDropout(McDropoutParameters p) : p_(std::move(p)), dropout_{p_.rate, p_.drop_inputs} {
    p_.check(p_.validation);
    p_.check_compression();
  }
  ModelTraits traits() const override { return p_.checking_inputs(p_.EpochChoice::traits()); }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    const Batch given = network_data(data);
    NetworkStart begin = network_start(p_, data, given, 1, false, false, stream.fork("initial"));
    VectorF fitted(begin.weights.size() + 1);
    fitted << begin.weights, p_.learn_noise ? kInitialNoiseLogVariance : log_variance_for(1 / p_.tau);
    Watched watched{
        Settling("noise_variance", p_.epochs), {}, p_.by_pool() ? pool_rows(privileged, data) : TrainingData{}};
    fitted = trained(begin.network, std::move(fitted), p_, given, stream, &watched);
    Diagnostics record = watched.int8.diagnostics();
    record.insert(begin.record.begin(), begin.record.end());
    if (const auto& compression = p_.compression.options()) {
      CompressedNetwork small = compressed(
          *compression, begin.network, std::move(fitted), given,
          [&](const VectorF& behind) { return gaussian_information(noise_of(behind(0))); }, p_,
          [&](const Network& smaller, VectorF from, const TrainingParameters& options, const Stream& further) {
            return trained(smaller, std::move(from), options, given, further, nullptr);
          },
          stream.fork("compression"));
      begin.network = std::move(small.network);
      fitted = std::move(small.parameters);
      record.merge(small.record);
    }
    const Index w = begin.network.parameter_count();
    return std::make_unique<McDropoutPosterior>(begin.network, fitted.head(w), dropout_, noise_of(fitted(w)),
                                                watched.settling, std::move(record), p_.samples,
                                                stream.fork("posterior"), data);
  }

  /// How training went, and what chooses its epoch.
  struct Watched {
    Settling settling;
    Int8Record int8;
    TrainingData pool;  // where the pool chooses
  };

  double noise_of(float log_variance) const { return p_.learn_noise ? noise_variance(log_variance) : 1 / p_.tau; }

  /// The flat vector after training, and the noise's logarithm behind it.  @param watched null: nobody is told
  VectorF trained(const Network& network, VectorF start, const TrainingParameters& options, const Batch& given,
                  const Stream& stream, Watched* watched) const {
    Batch narrowed;
    const Batch& all = as_seen_by(network, given, narrowed);
    const Index w = network.parameter_count();
    const VectorF decay = weight_decay(network, dropout_, static_cast<double>(all.inputs.count));
    Network::Workspace work, whole;
    MatrixF output_gradient;
    const Stream masks = stream.fork("masks");
    std::uint64_t step = 0;
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      dropout_.draw_masks(network, batch.inputs.columns.cols(), masks.fork("step", step++).key(), work);
      const MatrixF& out = network.forward(at.head(w), batch.inputs, work, Pass::training);
      const NetworkLoss fit = gaussian_loss(out, batch.targets, at(w), output_gradient);
      network.backward(output_gradient, work, gradient.head(w));
      gradient.head(w) += decay.cwiseProduct(at.head(w));
      gradient(w) = p_.learn_noise ? fit.by_log_variance : 0;
      return fit.value;
    };
    // Rows held out are judged with nothing dropped.
    const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
      return gaussian_loss(network.forward(at.head(w), batch.inputs, whole, Pass::prediction), batch.targets, at(w),
                           output_gradient)
          .value;
    };
    if (watched == nullptr)
      return train(options, all, std::move(start), stream, following(network, work, stream, {loss, held_out}))
          .parameters;
    const Stream judged = stream.fork("pool");
    const PoolLoss pool_loss = [&](const VectorF& at) {  // by the same masks each time
      const WeightDraw draw = [&](Index s, VectorF& weights) {
        weights = at.head(w);
        dropout_.mask_weights(network, judged.fork("sample", static_cast<std::uint64_t>(s)).key(), weights);
      };
      return negative_log_likelihood(predict_draws(network, watched->pool.inputs, kJudgedDraws, draw, noise_of(at(w))),
                                     watched->pool.targets);
    };
    const EpochHook watch = [&](int epoch, const VectorF& at) {
      if (p_.learn_noise && p_.validation == 0 && !p_.by_pool())
        watched->settling.observe(epoch, static_cast<double>(at(w)));
    };
    const Objective objective =
        following(network, work, stream, {loss, held_out, watch, p_.by_pool() ? pool_loss : nullptr}, &watched->int8);
    return train(options, all, std::move(start), stream, before_compression(p_.compression, network, objective))
        .parameters;
  }

  /// Factors of the parameters in the gradient of the decay.
  VectorF weight_decay(const Network& network, const Dropout& dropout, double n) const {
    const double precision = p_.length_scale * p_.length_scale / n;
    VectorF decay = VectorF::Constant(network.layout_count(), static_cast<float>(precision));
    decay.head(network.statistic_count()).setZero();
    const std::vector<WeightBlock> blocks = network.weight_blocks();
    for (std::size_t b = 0; b < blocks.size(); ++b)
      if (dropout.masks_block(blocks, b))
        decay.segment(blocks[b].at, blocks[b].outputs * blocks[b].weight_columns()) *= static_cast<float>(1 - p_.rate);
    return network.collected(decay);
  }

  McDropoutParameters p_;
  Dropout dropout_;
};

PREDCORR_REGISTER(Model, "mc-dropout", McDropout, McDropoutParameters,
                  "network whose units are dropped at random, in prediction too", "Gal & Ghahramani 2016");

}  // namespace
}  // namespace predcorr::models
