// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/stochastic_gradient_mcmc.hpp"

namespace predcorr::models {
namespace {

/// Stochastic gradient Langevin dynamics with cyclical step sizes: models/bnn/sampling/stochastic_gradient_mcmc.hpp
/// without momentum. Departures from Zhang et al. 2020: several chains, begun at `chain_starts`. Cost: 6.4 * parameters
/// * rows operations for an epoch of a chain.
class Sgld : public Model {
 public:
  explicit Sgld(StochasticGradientParameters p) : p_(std::move(p)) { p_.check(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    return stochastic_gradient_posterior(p_, 0, data, stream);
  }

  StochasticGradientParameters p_;
};

PREDCORR_REGISTER(Model, "sgld", Sgld, StochasticGradientParameters,
                  "network whose weights are sampled by stochastic gradient Langevin dynamics",
                  "Welling & Teh 2011; Zhang et al. 2020");

}  // namespace
}  // namespace predcorr::models
