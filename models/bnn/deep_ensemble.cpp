// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/parallel.hpp"
#include "models/bnn/network.hpp"
#include "models/bnn/training.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

constexpr float kSmallestVariance = 1e-6f;  // of the noise, in squared training units

struct DeepEnsembleParameters {
  int members = 20;
  std::vector<int> units = {50};
  int epochs = 400;
  int batch = 100;
  double learning_rate = 0.01;
  double weight_decay = 1e-4;
  bool heteroscedastic = true;
  static Fields<DeepEnsembleParameters> fields() {
    return {field("members", &DeepEnsembleParameters::members, between(2, 10000), "networks"),
            field("units", &DeepEnsembleParameters::units, between(1, 10000), "hidden units, one entry per layer"),
            field("epochs", &DeepEnsembleParameters::epochs, between(1, 1000000), "passes over the training rows"),
            field("batch", &DeepEnsembleParameters::batch, between(1, 1000000), "rows per optimiser step"),
            field("learning_rate", &DeepEnsembleParameters::learning_rate, above(0), "Adam's step size"),
            field("weight_decay", &DeepEnsembleParameters::weight_decay, at_least(0), "penalty on |weights|^2 / 2"),
            field("heteroscedastic", &DeepEnsembleParameters::heteroscedastic, anything(),
                  "whether the noise variance is a second output or one learned number")};
  }
};

/// A trained network's weights; where the noise is one number, its logarithm comes after the last weight.
using Member = VectorF;

class DeepEnsemblePosterior : public Posterior {
 public:
  DeepEnsemblePosterior(Network network, std::vector<Member> members)
      : network_(std::move(network)), members_(std::move(members)) {}

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const MatrixF x = network_inputs(query);
    const Index s = std::ssize(members_), m = query.rows();
    MatrixF means(s, m), variances(s, m);
    parallel_for(s, [&](Index i) {
      const Member& p = members_[static_cast<std::size_t>(i)];
      Network::Workspace work;
      const MatrixF& out = network_.forward(p, x, work);
      means.row(i) = out.row(0);
      if (network_.outputs() == 2)
        variances.row(i) = out.row(1).unaryExpr([](float v) { return softplus(v) + kSmallestVariance; });
      else
        variances.row(i).setConstant(std::exp(p(p.size() - 1)) + kSmallestVariance);
    });
    return from_samples(means, variances.cast<double>().colwise().mean().transpose());
  }

  Network network_;
  std::vector<Member> members_;
};

/// Networks trained apart from different starts and batches (Lakshminarayanan et al. 2017), each by Gaussian
/// likelihood: their means' spread is the latent covariance, their mean variance the noise.
class DeepEnsemble : public Model {
 public:
  explicit DeepEnsemble(DeepEnsembleParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Network network(data.inputs.cols(), p_.units, p_.heteroscedastic ? 2 : 1, false);
    std::vector<Member> members(static_cast<std::size_t>(p_.members));
    parallel_for(p_.members, [&](Index i) {
      members[static_cast<std::size_t>(i)] =
          train_member(network, data, stream.fork("member", static_cast<std::uint64_t>(i)));
    });
    return std::make_unique<DeepEnsemblePosterior>(network, std::move(members));
  }

  Member train_member(const Network& network, const TrainingData& data, const Stream& stream) const {
    const Index weights = network.parameter_count();
    Stream start = stream.fork("initial");
    VectorF parameters = VectorF::Zero(weights + (p_.heteroscedastic ? 0 : 1));
    parameters.head(weights) = network.initial_parameters(start);
    VectorF gradient = VectorF::Zero(parameters.size());
    Adam adam(parameters.size(), p_.learning_rate);
    Network::Workspace work;
    MatrixF output_gradient;
    train(data, p_.epochs, p_.batch, stream.fork("batches"), [&](const Batch& batch) {
      const MatrixF& out = network.forward(parameters.head(weights), batch.inputs, work);
      const Index b = batch.targets.size();
      output_gradient.resize(out.rows(), b);
      double loss = 0;
      float noise_gradient = 0;
      for (Index i = 0; i < b; ++i) {
        // -log N(y; m, v) = (log v + r^2 / v) / 2 + const
        const float raw = p_.heteroscedastic ? out(1, i) : parameters(weights);
        const float v = (p_.heteroscedastic ? softplus(raw) : std::exp(raw)) + kSmallestVariance;
        const float r = out(0, i) - batch.targets(i);
        const float slope = 0.5f * (1 / v - r * r / (v * v)) / static_cast<float>(b);
        loss += 0.5 * (std::log(v) + r * r / v) / static_cast<double>(b);
        output_gradient(0, i) = r / v / static_cast<float>(b);
        if (p_.heteroscedastic)
          output_gradient(1, i) = slope * softplus_slope(raw);
        else
          noise_gradient += slope * std::exp(raw);
      }
      network.backward(parameters.head(weights), output_gradient, work, gradient.head(weights));
      gradient.head(weights) += static_cast<float>(p_.weight_decay) * parameters.head(weights);
      if (!p_.heteroscedastic) gradient(weights) = noise_gradient;
      adam.step(gradient, parameters);
      return loss;
    });
    return parameters;
  }

  DeepEnsembleParameters p_;
};

PREDCORR_REGISTER(Model, "deep-ensemble", DeepEnsemble, DeepEnsembleParameters,
                  "ReLU networks trained apart; their spread is the covariance", "Lakshminarayanan et al. 2017");

}  // namespace
}  // namespace predcorr::models
