// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/stochastic_gradient_mcmc.hpp"

namespace predcorr::models {
namespace {

struct SghmcParameters : StochasticGradientParameters {
  SghmcParameters() { learning_rate = 0.01; }
  double momentum = 0.98;
  static Fields<SghmcParameters> fields() {
    using P = SghmcParameters;
    return joined_fields<P>(StochasticGradientParameters::fields(),
                            {field("momentum", &P::momentum, between(0, 0.9999), "1 - friction; 0 is sgld")});
  }
};

/// Stochastic gradient Hamiltonian Monte Carlo with cyclical step sizes:
/// models/bnn/sampling/stochastic_gradient_mcmc.hpp with momentum. Departures: Chen et al. 2014 correct for an estimate
/// of the batches' noise, which is taken as 0 here as in their experiments; several chains, begun at `chain_starts`.
/// Cost: 6.4 * parameters * rows operations for an epoch of a chain.
class Sghmc : public Model {
 public:
  explicit Sghmc(SghmcParameters p) : p_(std::move(p)) { p_.check(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    return stochastic_gradient_posterior(p_, p_.momentum, data, stream);
  }

  SghmcParameters p_;
};

PREDCORR_REGISTER(Model, "sghmc", Sghmc, SghmcParameters,
                  "network whose weights are sampled by stochastic gradient Hamiltonian Monte Carlo",
                  "Chen et al. 2014; Zhang et al. 2020");

}  // namespace
}  // namespace predcorr::models
