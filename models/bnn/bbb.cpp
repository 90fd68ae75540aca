// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/parallel.hpp"
#include "models/bnn/network.hpp"
#include "models/bnn/training.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct BbbParameters {
  std::vector<int> units = {50};
  int epochs = 500;
  int batch = 100;
  double learning_rate = 0.01;
  double prior_variance = 1;
  int training_samples = 2;
  int samples = 500;
  static Fields<BbbParameters> fields() {
    return {field("units", &BbbParameters::units, between(1, 10000), "hidden units, one entry per layer"),
            field("epochs", &BbbParameters::epochs, between(1, 1000000), "passes over the training rows"),
            field("batch", &BbbParameters::batch, between(1, 1000000), "rows per optimiser step"),
            field("learning_rate", &BbbParameters::learning_rate, above(0), "Adam's step size"),
            field("prior_variance", &BbbParameters::prior_variance, above(0), "eta: weights ~ N(0, eta)"),
            field("training_samples", &BbbParameters::training_samples, between(1, 10000), "weight samples per step"),
            field("samples", &BbbParameters::samples, between(2, 1000000), "weight samples of the joint prediction")};
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
    const MatrixF x = network_inputs(query);
    MatrixF functions(samples_, query.rows());
    parallel_for(samples_, [&](Index s) {
      Stream draw = stream_.fork("sample", static_cast<std::uint64_t>(s));
      const VectorF weights = mean_ + stddev_.cwiseProduct(draw.normals(mean_.size()).cast<float>());
      Network::Workspace work;
      functions.row(s) = network_.forward(weights, x, work).row(0);
    });
    return from_samples(functions, Vector::Constant(query.rows(), noise_variance_));
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
    const Network network(data.inputs.cols(), p_.units, 1, true);
    const Index w = network.parameter_count();
    // One flat vector for Adam: means, log standard deviations, log noise standard deviation.
    VectorF q(2 * w + 1);
    Stream start = stream.fork("initial");
    q << network.initial_parameters(start), VectorF::Constant(w, kInitialLogStddev), kInitialNoiseLogStddev;
    VectorF gradient(q.size()), weight_gradient(w), noise(w), weights(w);
    Adam adam(q.size(), p_.learning_rate);
    Network::Workspace work;
    MatrixF output_gradient;
    Stream draws = stream.fork("weights");
    const auto n = static_cast<float>(data.targets.size());
    const auto eta = static_cast<float>(p_.prior_variance);
    train(data, p_.epochs, p_.batch, stream.fork("batches"), [&](const Batch& batch) {
      const auto b = static_cast<float>(batch.targets.size());
      const VectorF stddev = q.segment(w, w).array().exp();
      // KL = sum log(sqrt(eta) / s) + (s^2 + m^2) / (2 eta) - 1/2, divided by n
      gradient.head(w) = q.head(w) / (eta * n);
      gradient.segment(w, w) = (stddev.array().square() / eta - 1) / n;
      gradient(2 * w) = 0;
      double loss = 0;
      for (int s = 0; s < p_.training_samples; ++s) {
        for (float& e : noise) e = static_cast<float>(draws.normal());
        weights = q.head(w) + stddev.cwiseProduct(noise);
        const MatrixF& out = network.forward(weights, batch.inputs, work);
        const VectorF r = out.row(0).transpose() - batch.targets;
        const float precision = std::exp(-2 * q(2 * w)), share = 1 / static_cast<float>(p_.training_samples);
        const float mean_square = r.squaredNorm() / b;
        loss += (q(2 * w) + 0.5f * precision * mean_square) * share;
        output_gradient = (precision / b * share) * r.transpose();
        network.backward(weights, output_gradient, work, weight_gradient);
        gradient.head(w) += weight_gradient;
        gradient.segment(w, w).array() += weight_gradient.array() * noise.array() * stddev.array();
        gradient(2 * w) += (1 - precision * mean_square) * share;
      }
      adam.step(gradient, q);
      return loss;
    });
    return std::make_unique<BbbPosterior>(network, q.head(w), q.segment(w, w).array().exp(), std::exp(2.0 * q(2 * w)),
                                          p_.samples, stream.fork("posterior"));
  }

  BbbParameters p_;
};

PREDCORR_REGISTER(Model, "bbb", Bbb, BbbParameters, "Bayes by backprop: mean-field variational network",
                  "Blundell et al. 2015");

}  // namespace
}  // namespace predcorr::models
