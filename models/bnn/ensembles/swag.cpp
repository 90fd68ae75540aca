// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/draws_posterior.hpp"
#include "models/bnn/ensembles/swag_training.hpp"

namespace predcorr::models {
namespace {

/// Stochastic weight averaging, Gaussian (Maddox et al. 2019): the weights that gradient descent at a constant rate
/// passes through are taken for draws from a normal distribution, whose mean, variances and low-rank part
/// models/bnn/ensembles/swag_moments.hpp keeps. Batch normalisation's statistics are measured anew for every draw. Its
/// spread is that of the noise of batches, so it follows the learning rate. Departures: the noise of the targets is
/// learned before, then held; rates refer to the squared error. Cost: 6 * parameters * rows operations an epoch.
class Swag : public Model {
 public:
  explicit Swag(SwagParameters p) : p_(std::move(p)) { p_.check_compression(); }
  ModelTraits traits() const override { return p_.checking_inputs(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Batch all = network_data(data);
    SwagRun run = swag_run(p_, data, all, stream);
    MatrixF draws = swag_draws(run, all, p_.samples, stream.fork("samples"));
    Diagnostics record = run.settling.recorded(
        {{"noise_variance", run.noise_variance}, {"mean_weight_stddev", run.moments.variances().cwiseSqrt().mean()}});
    record.merge(run.record.diagnostics());
    record.merge(run.sizes);
    std::vector<NetworkDraws> networks = {{std::move(run.network), std::move(draws)}};
    return std::make_unique<DrawsPosterior>(std::move(networks), run.noise_variance, std::move(record),
                                            run.settling.warnings("raise epochs"));
  }

  SwagParameters p_;
};

PREDCORR_REGISTER(Model, "swag", Swag, SwagParameters,
                  "normal distribution of the weights that training passes through", "Maddox et al. 2019");

}  // namespace
}  // namespace predcorr::models
