// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/pruning/network_start.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/linear/linear_evidence.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct NeuralLinearParameters : ImageNetworkParameters, TrainingParameters {
  NeuralLinearParameters() {
    validation = 0.2;
    patience = 100;
  }
  double weight_decay = 0.03;
  double smallest_noise_variance = 1e-4;
  static Fields<NeuralLinearParameters> fields() {
    using P = NeuralLinearParameters;
    return trained_network_fields<P>(
        {field("weight_decay", &P::weight_decay, at_least(0), "penalty on |weights|^2 / 2 while features are trained"),
         field("smallest_noise_variance", &P::smallest_noise_variance, above(0),
               "lower bound of the learned noise, in units of the targets' variance")});
  }
};

/// What the last layer sees: its inputs and a one.  @return n x (units + 1)
Matrix last_layer_inputs(const Network& network, const VectorF& weights, const Matrix& x) {
  const NetworkInputs inputs = network.inputs_of(x);
  Network::Workspace work;
  network.forward(weights, inputs, work, Pass::prediction);
  const std::size_t last = network.layers().size() - 1;
  return network.layer_inputs(work, last)
      .topLeftCorner(network.layers()[last].inputs + 1, x.rows())
      .transpose()
      .cast<double>();
}

class NeuralLinearPosterior : public Posterior {
 public:
  /// @param record of training in 8 bits and of pruning
  NeuralLinearPosterior(Network network, VectorF weights, LinearPosterior last_layer, Diagnostics record)
      : network_(std::move(network)),
        weights_(std::move(weights)),
        last_layer_(std::move(last_layer)),
        record_(std::move(record)) {}

  Diagnostics diagnostics() const override {
    Diagnostics all = {{"weight_variance", last_layer_.variances().signal},
                       {"noise_variance", last_layer_.variances().noise},
                       {"log_marginal_likelihood", last_layer_.variances().log_likelihood},
                       {"effective_parameters", last_layer_.effective_parameters()}};
    all.insert(record_.begin(), record_.end());
    return all;
  }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return last_layer_.predict(last_layer_inputs(network_, weights_, query));
  }

  Network network_;
  VectorF weights_;
  LinearPosterior last_layer_;
  Diagnostics record_;
};

/// A network trained by Gaussian likelihood with learned noise, then Bayesian linear regression on what its last layer
/// sees, the last hidden units and a one (Riquelme, Tucker & Snoek 2018; Ober & Rasmussen 2019). The prior variance of
/// the last layer's weights and the noise variance by maximum evidence, where the papers have inverse-gamma priors or a
/// search. Features that were fitted to the targets leave little to be noise: regression on the same rows is then far
/// too certain (Ober & Rasmussen), by a factor of ten and more in standard deviations if the network is trained to the
/// end on a few hundred rows. Hence the weight decay, and by default rows held out to stop training by; the regression
/// has them, too. Targets are divided by their root mean square for training, whose rates then suit any unit. Without
/// hidden layers it is `bayesian-linear`. Cost: that of training, and n p min(n, p) for p units.
class NeuralLinear : public Model {
 public:
  explicit NeuralLinear(NeuralLinearParameters p) : p_(std::move(p)) {}
  ModelTraits traits() const override { return p_.checking_inputs(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const double square = target_scale(data.targets);
    const Batch all{network_inputs(data.inputs), (data.targets / std::sqrt(square)).cast<float>()};
    const NetworkStart start = network_start(p_, data, all, 1, false, false, stream.fork("initial"));
    const Network& network = start.network;
    Batch narrowed;
    Int8Record int8;
    VectorF weights = trained(start, as_seen_by(network, all, narrowed), stream, int8);
    LinearPosterior last_layer(last_layer_inputs(network, weights, data.inputs), data.targets,
                               p_.smallest_noise_variance * square);
    Diagnostics record = int8.diagnostics();
    record.insert(start.record.begin(), start.record.end());
    return std::make_unique<NeuralLinearPosterior>(network, std::move(weights), std::move(last_layer),
                                                   std::move(record));
  }

  VectorF trained(const NetworkStart& begin, const Batch& all, const Stream& stream, Int8Record& record) const {
    const Network& network = begin.network;
    const Index count = network.parameter_count();
    VectorF start = VectorF::Zero(count + 1);  // behind the weights the noise variance's logarithm
    start.head(count) = begin.weights;
    Network::Workspace work;
    MatrixF output_gradient;
    const auto decay = static_cast<float>(p_.weight_decay);
    const auto fit = [&](const VectorF& at, const Batch& batch, Pass pass) {
      return gaussian_loss(network.forward(at.head(count), batch.inputs, work, pass), batch.targets, at(count),
                           output_gradient);
    };
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      const NetworkLoss value = fit(at, batch, Pass::training);
      network.backward(output_gradient, work, gradient.head(count));
      network.add_decay(decay, at.head(count), gradient.head(count));
      gradient(count) = value.by_log_variance;
      return value.value;
    };
    const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
      return fit(at, batch, Pass::prediction).value;
    };
    return train(p_, all, start, stream, following(network, work, stream, {loss, held_out}, &record))
        .parameters.head(count);
  }

  NeuralLinearParameters p_;
};

PREDCORR_REGISTER(Model, "neural-linear", NeuralLinear, NeuralLinearParameters,
                  "Bayesian linear regression on a trained network's last hidden layer",
                  "Riquelme et al. 2018; Ober & Rasmussen 2019");

}  // namespace
}  // namespace predcorr::models
