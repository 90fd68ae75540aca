// SPDX-License-Identifier: Apache-2.0
#include "core/parallel.hpp"
#include "models/bnn/draws_posterior.hpp"
#include "models/bnn/likelihood.hpp"
#include "models/bnn/training.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct DeepEnsembleParameters : NetworkParameters, TrainingParameters {
  DeepEnsembleParameters() { epochs = 400; }
  int members = 20;
  double weight_decay = 1e-4;
  bool heteroscedastic = true;
  static Fields<DeepEnsembleParameters> fields() {
    using P = DeepEnsembleParameters;
    return joined_fields<P>(
        Fields<P>{field("members", &P::members, between(2, 10000), "networks")},
        trained_network_fields<P>({field("weight_decay", &P::weight_decay, at_least(0), "penalty on |weights|^2 / 2"),
                                   field("heteroscedastic", &P::heteroscedastic, anything(),
                                         "whether the noise variance is a second output or one learned number")}));
  }
};

/// Networks trained apart from different starts and batches (Lakshminarayanan et al. 2017), each by Gaussian
/// likelihood: their means' spread is the latent covariance, their mean variance the noise.
class DeepEnsemble : public Model {
 public:
  explicit DeepEnsemble(DeepEnsembleParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Network network(p_.architecture(data.inputs.cols(), p_.heteroscedastic ? 2 : 1, false));
    const Batch all = network_data(data);
    MatrixF members(network.parameter_count() + (p_.heteroscedastic ? 0 : 1), p_.members);
    parallel_for(p_.members, [&](Index i) {
      members.col(i) = trained_member(network, all, stream.fork("member", static_cast<std::uint64_t>(i)));
    });
    const Index weights = network.parameter_count();
    const double noise = p_.heteroscedastic ? 0 : members.row(weights).unaryExpr(&noise_variance).mean();
    return std::make_unique<DrawsPosterior>(network, members.topRows(weights), noise, Diagnostics{});
  }

  /// A network's weights and, where the noise is one number, its logarithm behind them.
  VectorF trained_member(const Network& network, const Batch& all, const Stream& stream) const {
    const Index weights = network.parameter_count();
    Stream initial = stream.fork("initial");
    VectorF start = VectorF::Zero(weights + (p_.heteroscedastic ? 0 : 1));
    start.head(weights) = network.initial_parameters(initial);
    Network::Workspace work;
    MatrixF output_gradient;
    const auto decay = static_cast<float>(p_.weight_decay);
    const auto fit = [&](const VectorF& at, const Batch& batch) {
      const MatrixF& out = network.forward(at.head(weights), batch.inputs, work);
      return p_.heteroscedastic ? heteroscedastic_loss(out, batch.targets, output_gradient)
                                : gaussian_loss(out, batch.targets, at(weights), output_gradient);
    };
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      const NetworkLoss value = fit(at, batch);
      network.backward(output_gradient, work, gradient.head(weights));
      gradient.head(weights) += decay * at.head(weights);
      if (!p_.heteroscedastic) gradient(weights) = value.by_log_variance;
      return value.value;
    };
    const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) { return fit(at, batch).value; };
    return train(p_, all, start, stream, loss, held_out).parameters;
  }

  DeepEnsembleParameters p_;
};

PREDCORR_REGISTER(Model, "deep-ensemble", DeepEnsemble, DeepEnsembleParameters,
                  "networks trained apart; their spread is the covariance", "Lakshminarayanan et al. 2017");

}  // namespace
}  // namespace predcorr::models
