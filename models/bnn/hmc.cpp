// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "core/parallel.hpp"
#include "models/bnn/draws_posterior.hpp"
#include "models/bnn/weight_chains.hpp"
#include "models/bnn/weight_sampler.hpp"

namespace predcorr::models {
namespace {

struct HmcParameters : WeightChainParameters {
  int burn_in = 1000;
  int draws = 50;
  int thinning = 20;
  std::string kernel = "hmc";
  int leapfrogs = 25;
  int max_depth = 6;
  double initial_step = 0.01;
  double target_acceptance = 0.8;
  static Fields<HmcParameters> fields() {
    using P = HmcParameters;
    return joined_fields<P>(
        WeightChainParameters::fields(),
        {field("burn_in", &P::burn_in, between(0, 10000000), "transitions of each chain that adapt and are forgotten"),
         field("draws", &P::draws, between(2, 1000000), "networks kept from each chain"),
         field("thinning", &P::thinning, between(1, 1000000), "transitions for each network kept"),
         field("kernel", &P::kernel, one_of({"hmc", "nuts"}), "trajectories of fixed length, or until they turn back"),
         field("leapfrogs", &P::leapfrogs, between(1, 100000), "steps of a trajectory of hmc"),
         field("max_depth", &P::max_depth, between(1, 15), "doublings of a trajectory of nuts"),
         field("initial_step", &P::initial_step, above(0), "step size before adaptation"),
         field("target_acceptance", &P::target_acceptance, between(0.1, 0.999), "the step size is adapted to")});
  }
};

/// A chain, pinned: its sampler calls back its density.
struct Chain {
  Chain(const Network& network, const Batch& data) : density(network, data) {}
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  WeightDensity density;
  std::unique_ptr<WeightSampler> sampler;
};

/// A Bayesian neural network by full-batch Hamiltonian Monte Carlo (Neal 1996) over its weights, the study's EM-HMC.
/// Both variances are learned by Monte-Carlo EM in burn-in (every 5 transitions, from all chains together) and held
/// from then on. Departures: step sizes are adapted by dual averaging, not by constant factors; chains do not start at
/// draws from the prior but at `chain_starts`; the no-U-turn sampler is there as another kernel.
/// Diagnostics as `chain_diagnostics` has them, and the samplers' own.
/// Cost: 6 * parameters * rows operations for each leapfrog step of each chain; chains in parallel. The study's values:
/// 10 chains, burn_in 6000, leapfrogs 5, draws 100, thinning 100, start_steps 0; longer trajectories give more
/// effective draws for the same cost.
class Hmc : public Model {
 public:
  explicit Hmc(HmcParameters p) : p_(std::move(p)) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Network network = p_.network(data.inputs.cols());
    const Batch all = network_data(data);
    VarianceLearner learner(p_);
    const std::vector<VectorF> starts = chain_starts(p_, network, all, learner, stream);
    WeightHyper hyper = learner.hyper();
    std::vector<std::unique_ptr<Chain>> chains;
    for (const VectorF& start : starts) {
      Chain& chain = *chains.emplace_back(std::make_unique<Chain>(network, all));
      chain.sampler = std::make_unique<WeightSampler>(
          [&chain, &hyper](const VectorF& w, VectorF& gradient) { return chain.density(w, hyper, gradient); }, start,
          plan(), stream.fork("chain", chains.size() - 1));
    }
    burn_in(chains, learner, hyper);
    MatrixF draws(network.parameter_count(), p_.chains * p_.draws);
    each(chains, [&](Chain& chain, Index c) {
      for (Index s = 0; s < p_.draws; ++s) {
        chain.sampler->sample(p_.thinning);
        draws.col(c * p_.draws + s) = chain.sampler->at();
      }
    });
    Diagnostics record = chain_diagnostics(network, data.inputs, draws, p_.chains);
    record["noise_variance"] = hyper.noise_variance;
    record["prior_variance"] = hyper.prior_variance;
    for (const auto& chain : chains) {
      record["acceptance"] += chain->sampler->acceptance() / p_.chains;
      record["step_size"] += chain->sampler->step_size() / p_.chains;
      record["divergences"] += static_cast<double>(chain->sampler->divergences());
    }
    return std::make_unique<DrawsPosterior>(network, std::move(draws), hyper.noise_variance, std::move(record));
  }

  /// Between two steps of the learner chains run apart; each step waits for all of them.
  void burn_in(std::vector<std::unique_ptr<Chain>>& chains, VarianceLearner& learner, WeightHyper& hyper) const {
    if (!learner.learns()) return each(chains, [&](Chain& chain, Index) { chain.sampler->adapt(p_.burn_in); });
    for (int done = 0; done < p_.burn_in; done += kVarianceSweep) {
      each(chains, [&](Chain& chain, Index) {
        chain.sampler->adapt(std::min(kVarianceSweep, p_.burn_in - done));
        chain.sampler->density_changed();  // so that the density's last call was at the chain's weights
      });
      double residual_square = 0, weight_square = 0;
      for (const auto& chain : chains) {
        const VectorF& w = chain->sampler->at();
        residual_square += chain->density.squares() / static_cast<double>(chain->density.rows() * p_.chains);
        weight_square += w.cast<double>().squaredNorm() / static_cast<double>(w.size() * p_.chains);
      }
      learner.step(residual_square, weight_square);
      hyper = learner.hyper();
      each(chains, [](Chain& chain, Index) { chain.sampler->density_changed(); });
    }
  }

  template <class F>
  static void each(std::vector<std::unique_ptr<Chain>>& chains, const F& body) {
    parallel_for(std::ssize(chains), [&](Index c) { body(*chains[static_cast<std::size_t>(c)], c); });
  }

  SamplerPlan plan() const {
    return {.kernel = p_.kernel == "nuts" ? TransitionKernel::nuts : TransitionKernel::hmc,
            .leapfrogs = p_.leapfrogs,
            .max_depth = p_.max_depth,
            .initial_step = p_.initial_step,
            .target_acceptance = p_.target_acceptance};
  }

  HmcParameters p_;
};

PREDCORR_REGISTER(Model, "hmc", Hmc, HmcParameters, "network whose weights are sampled by Hamiltonian Monte Carlo",
                  "Neal 1996; Hoffman & Gelman 2014; Wang et al. 2021");

}  // namespace
}  // namespace predcorr::models
