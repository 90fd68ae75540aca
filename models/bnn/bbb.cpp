// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/function_draws.hpp"
#include "models/bnn/likelihood.hpp"
#include "models/bnn/training.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct BbbParameters : NetworkParameters, TrainingParameters {
  double prior_variance = 1;
  int training_samples = 2;
  int samples = 500;
  static Fields<BbbParameters> fields() {
    using P = BbbParameters;
    return trained_network_fields<P>(
        {field("prior_variance", &P::prior_variance, above(0), "eta: weights ~ N(0, eta)"),
         field("training_samples", &P::training_samples, between(1, 10000), "weight samples per step"),
         field("samples", &P::samples, between(2, 1000000), "weight samples of the joint prediction")});
  }
};

constexpr float kInitialLogStddev = -5, kInitialNoiseLogStddev = -2;  // the study's

/// q(w) = N(mean, diag(stddev^2)) over the weights.
class BbbPosterior : public Posterior {
 public:
  BbbPosterior(Network network, VectorF mean, VectorF stddev, double noise_variance, int samples, Stream stream)
      : network_(std::move(network)),
        mean_(std::move(mean)),
        stddev_(std::move(stddev)),
        noise_variance_(noise_variance),
        samples_(samples),
        stream_(std::move(stream)) {}

  Diagnostics diagnostics() const override {
    return {{"noise_variance", noise_variance_}, {"mean_weight_stddev", stddev_.mean()}};
  }

 private:
  // Sample s is drawn from its own stream, so every call sees the same functions without keeping their weights.
  JointPrediction do_predict(const Matrix& query) const override {
    const WeightDraw draw = [&](Index s, VectorF& weights) {
      stream_.fork("sample", static_cast<std::uint64_t>(s)).fill_normals(weights);
      weights = mean_ + stddev_.cwiseProduct(weights);
    };
    return predict_draws(network_, query, samples_, draw, noise_variance_);
  }

  Network network_;
  VectorF mean_, stddev_;
  double noise_variance_;
  int samples_;
  Stream stream_;
};

/// Bayes by backprop (Blundell et al. 2015): mean-field Gaussian weights, learned homoscedastic noise. Minimises
///   E_q[-log p(y | w)] / n + KL(q || N(0, eta I)) / n
/// with reparameterised weight samples. Pre-activations are scaled by 1 / sqrt(fan-in + 1), as in the study.
class Bbb : public Model {
 public:
  explicit Bbb(BbbParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Network network(p_.architecture(data.inputs.cols(), 1, true));
    const Index w = network.parameter_count();
    // One flat vector for the optimiser: means, log standard deviations, log noise standard deviation.
    VectorF start(2 * w + 1);
    Stream initial = stream.fork("initial");
    start << network.initial_parameters(initial), VectorF::Constant(w, kInitialLogStddev), kInitialNoiseLogStddev;
    VectorF weight_gradient(w), noise(w), weights(w), stddev(w);
    Network::Workspace work;
    MatrixF output_gradient;
    Stream draws = stream.fork("weights");
    const auto n = static_cast<float>(data.targets.size());
    const auto eta = static_cast<float>(p_.prior_variance);
    const float share = 1 / static_cast<float>(p_.training_samples);
    const BatchLoss loss = [&](const VectorF& q, const Batch& batch, VectorF& gradient) {
      stddev = q.segment(w, w).array().exp();
      // KL = sum log(sqrt(eta) / s) + (s^2 + m^2) / (2 eta) - 1/2, divided by n
      gradient.head(w) = q.head(w) / (eta * n);
      gradient.segment(w, w) = (stddev.array().square() / eta - 1) / n;
      gradient(2 * w) = 0;
      double value = 0;
      for (int s = 0; s < p_.training_samples; ++s) {
        draws.fill_normals(noise);
        weights = q.head(w) + stddev.cwiseProduct(noise);
        const MatrixF& out = network.forward(weights, batch.inputs, work);
        const NetworkLoss fit = gaussian_loss(out, batch.targets, 2 * q(2 * w), output_gradient);
        value += fit.value * share;
        network.backward(output_gradient, work, weight_gradient);
        gradient.head(w) += share * weight_gradient;
        gradient.segment(w, w).array() += share * weight_gradient.array() * noise.array() * stddev.array();
        gradient(2 * w) += share * 2 * fit.by_log_variance;
      }
      return value;
    };
    // Rows held out are judged by the means of the weights.
    const HeldOutLoss held_out = [&](const VectorF& q, const Batch& batch) {
      return gaussian_loss(network.forward(q.head(w), batch.inputs, work), batch.targets, 2 * q(2 * w), output_gradient)
          .value;
    };
    const VectorF q = train(p_, network_data(data), start, stream, loss, held_out).parameters;
    return std::make_unique<BbbPosterior>(network, q.head(w), q.segment(w, w).array().exp(),
                                          noise_variance(2 * q(2 * w)), p_.samples, stream.fork("posterior"));
  }

  BbbParameters p_;
};

PREDCORR_REGISTER(Model, "bbb", Bbb, BbbParameters, "Bayes by backprop: mean-field variational network",
                  "Blundell et al. 2015");

}  // namespace
}  // namespace predcorr::models
