// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "models/bnn/engine/collapse.hpp"
#include "models/bnn/engine/function_draws.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/pruning/network_start.hpp"
#include "models/bnn/variational/local_reparameterisation.hpp"
#include "models/mcmc/settling.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct BbbParameters : PrunableNetworkParameters, TrainingParameters, EpochChoice {
  double prior_variance = 1;
  bool learn_prior = false;
  double noise_variance = 0;
  bool local_reparameterisation = false;
  int training_samples = 2;
  int samples = 500;
  static Fields<BbbParameters> fields() {
    using P = BbbParameters;
    return trained_network_fields<P, PrunableNetworkParameters>(joined_fields<P>(
        EpochChoice::fields(),
        Fields<P>{
            field("prior_variance", &P::prior_variance, above(0),
                  std::string(kPriorVarianceMeaning) + "; unless it is learned"),
            field("learn_prior", &P::learn_prior, any_value(), "whether eta is the one that fits the weights best"),
            field("noise_variance", &P::noise_variance, at_least(0), "in squared training units; 0: learned"),
            field("local_reparameterisation", &P::local_reparameterisation, any_value(),
                  "whether training draws pre-activations, for each row anew, or weights"),
            field("training_samples", &P::training_samples, between(1, 10000), "samples per step"),
            field("samples", &P::samples, between(2, 1000000), "weight samples of the joint prediction")}));
  }
};

constexpr float kInitialLogStddev = -5, kInitialNoiseLogStddev = -2;  // the study's

/// q(w) = N(mean, diag(stddev^2)) over the weights, which pre-activations see divided by sqrt(fan-in + 1).
class BbbPosterior : public Posterior {
 public:
  BbbPosterior(Network network, VectorF mean, VectorF stddev, double noise_variance, double prior_variance,
               Settling noise_settling, Diagnostics record, int samples, Stream stream, const TrainingData& data)
      : network_(std::move(network)),
        mean_(std::move(mean)),
        stddev_(std::move(stddev)),
        noise_variance_(noise_variance),
        prior_variance_(prior_variance),
        noise_settling_(std::move(noise_settling)),
        record_(std::move(record)),
        samples_(samples),
        stream_(std::move(stream)),
        kl_per_weight_(kl_per_weight()),
        explained_share_(explained_share(
            data, [this](const Matrix& rows) { return predict_by(rows, std::min<Index>(samples_, kJudgedDraws)); })) {}

  Diagnostics diagnostics() const override {
    Diagnostics all = noise_settling_.recorded({{"noise_variance", noise_variance_},
                                                {"prior_variance", prior_variance_},
                                                {"mean_weight_stddev", stddev_.mean()},
                                                {"kl_per_weight", kl_per_weight_},
                                                {"explained_share", explained_share_}});
    all.insert(record_.begin(), record_.end());
    return all;
  }
  std::vector<std::string> warnings() const override {
    return noise_settling_.warnings("raise epochs", collapse_warnings(explained_share_, kl_per_weight_));
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override { return predict_by(query, samples_); }

  // Sample s is drawn from its own stream, so every call sees the same functions without keeping their weights.
  JointPrediction predict_by(const Matrix& query, Index samples) const {
    const WeightDraw draw = [&](Index s, VectorF& weights) {
      stream_.fork("sample", static_cast<std::uint64_t>(s)).fill_normals(weights);
      weights = mean_ + stddev_.cwiseProduct(weights);
    };
    return predict_draws(network_, query, samples, draw, noise_variance_);
  }

  /// Mean over weights of log(sqrt(eta) / s) + (s^2 + m^2) / (2 eta) - 1/2, nats.
  double kl_per_weight() const {
    const Eigen::ArrayXd m = mean_.cast<double>(), s = stddev_.cast<double>();
    return (0.5 * std::log(prior_variance_) - s.log() + (s.square() + m.square()) / (2 * prior_variance_)).mean() - 0.5;
  }

  Network network_;
  VectorF mean_, stddev_;
  double noise_variance_, prior_variance_;
  Settling noise_settling_;
  Diagnostics record_;  // of pruning
  int samples_;
  Stream stream_;
  double kl_per_weight_, explained_share_;
};

/// The eta at which KL(q || N(0, eta I)) is least: the mean of m^2 + s^2.
float best_prior_variance(const Eigen::Ref<const VectorF>& mean, const VectorF& stddev) {
  return std::max((mean.squaredNorm() + stddev.squaredNorm()) / static_cast<float>(mean.size()), 1e-30f);
}

/// Bayes by backprop (Blundell et al. 2015): mean-field Gaussian weights, learned homoscedastic noise. Minimises
///   E_q[-log p(y | w)] / n + KL(q || N(0, eta I)) / n
/// by gradients of samples: of drawn weights, or of drawn pre-activations (local_reparameterisation.hpp), which
/// estimate the same objective with less variance. A learned eta is set to its optimum before each step, where the
/// objective's gradient by it vanishes. Pre-activations are scaled by 1 / sqrt(fan-in + 1), as in the study.
class Bbb : public PrivilegedModel {
 public:
  explicit Bbb(BbbParameters p) : p_(std::move(p)) { p_.check(p_.validation); }
  ModelTraits traits() const override { return p_.EpochChoice::traits(); }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    const Batch given = network_data(data);
    const NetworkStart begin = network_start(p_, given, data.inputs.cols(), stream.fork("initial"));
    const Network& network = begin.network;
    Batch narrowed;
    const Batch& all = as_seen_by(network, given, narrowed);
    const LocalReparameterisation local(network);
    const Index w = network.parameter_count();
    // One flat vector for the optimiser: means, log standard deviations, log noise standard deviation.
    VectorF start(2 * w + 1);
    start << begin.weights, VectorF::Constant(w, kInitialLogStddev),
        p_.noise_variance > 0 ? log_variance_for(p_.noise_variance) / 2 : kInitialNoiseLogStddev;
    VectorF by_mean(w), by_log_stddev(w), noise(w), weights(w), stddev(w);
    Network::Workspace work;
    LocalReparameterisation::Workspace local_work;
    MatrixF output_gradient;
    Stream draws = stream.fork("weights");
    const auto n = static_cast<float>(data.targets.size());
    const float share = 1 / static_cast<float>(p_.training_samples);
    const auto prior_variance = [&](const VectorF& q) {
      return p_.learn_prior ? best_prior_variance(q.head(w), stddev) : static_cast<float>(p_.prior_variance);
    };
    const BatchLoss loss = [&](const VectorF& q, const Batch& batch, VectorF& gradient) {
      stddev = q.segment(w, w).array().exp();
      // KL = sum log(sqrt(eta) / s) + (s^2 + m^2) / (2 eta) - 1/2, divided by n
      const float eta = prior_variance(q);
      gradient.head(w) = q.head(w) / (eta * n);
      gradient.segment(w, w) = (stddev.array().square() / eta - 1) / n;
      gradient(2 * w) = 0;
      double value = 0;
      for (int s = 0; s < p_.training_samples; ++s) {
        if (p_.local_reparameterisation) {
          local.draw_noise(draws, batch.inputs.columns.cols(), local_work);
        } else {
          draws.fill_normals(noise);
          weights = q.head(w) + stddev.cwiseProduct(noise);
        }
        const MatrixF& out = p_.local_reparameterisation ? local.forward(q.head(w), stddev, batch.inputs, local_work)
                                                         : network.forward(weights, batch.inputs, work);
        const NetworkLoss fit = gaussian_loss(out, batch.targets, 2 * q(2 * w), output_gradient);
        value += fit.value * share;
        if (p_.local_reparameterisation) {
          local.backward(output_gradient, local_work, by_mean, by_log_stddev);
          gradient.segment(w, w) += share * by_log_stddev;
        } else {
          network.backward(output_gradient, work, by_mean);
          gradient.segment(w, w).array() += share * by_mean.array() * noise.array() * stddev.array();
        }
        gradient.head(w) += share * by_mean;
        if (p_.noise_variance == 0) gradient(2 * w) += share * 2 * fit.by_log_variance;
      }
      return value;
    };
    // Rows held out are judged by the means of the weights.
    const HeldOutLoss held_out = [&](const VectorF& q, const Batch& batch) {
      return gaussian_loss(network.forward(q.head(w), batch.inputs, work), batch.targets, 2 * q(2 * w), output_gradient)
          .value;
    };
    // The pool is judged by the prediction that would be made, from the same draws each time.
    const TrainingData pool = p_.by_pool() ? pool_rows(privileged, data) : TrainingData{};
    const Stream judged = stream.fork("pool");
    const PoolLoss pool_loss = [&](const VectorF& q) {
      const WeightDraw draw = [&](Index s, VectorF& drawn) {
        judged.fork("sample", static_cast<std::uint64_t>(s)).fill_normals(drawn);
        drawn = q.head(w) + VectorF(q.segment(w, w).array().exp()).cwiseProduct(drawn);
      };
      return negative_log_likelihood(
          predict_draws(network, pool.inputs, kJudgedDraws, draw,
                        p_.noise_variance > 0 ? p_.noise_variance : noise_variance(2 * q(2 * w))),
          pool.targets);
    };
    Settling settling("noise_variance", p_.epochs);
    const EpochHook watch = [&](int epoch, const VectorF& q) {
      if (p_.noise_variance == 0 && p_.validation == 0 && !p_.by_pool())
        settling.observe(epoch, 2 * static_cast<double>(q(2 * w)));
    };
    const VectorF q =
        train(p_, all, start, stream, {loss, held_out, watch, p_.by_pool() ? pool_loss : nullptr}).parameters;
    stddev = q.segment(w, w).array().exp();
    const double learned_noise = noise_variance(2 * q(2 * w));
    return std::make_unique<BbbPosterior>(network, q.head(w), stddev,
                                          p_.noise_variance > 0 ? p_.noise_variance : learned_noise, prior_variance(q),
                                          settling, begin.record, p_.samples, stream.fork("posterior"), data);
  }

  BbbParameters p_;
};

PREDCORR_REGISTER(Model, "bbb", Bbb, BbbParameters, "Bayes by backprop: mean-field variational network",
                  "Blundell et al. 2015; Kingma, Salimans & Welling 2015");

}  // namespace
}  // namespace predcorr::models
