// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/base/parallel.hpp"
#include "models/bnn/sampling/weight_chains.hpp"
#include "models/bnn/sampling/weight_sampler.hpp"

namespace predcorr::models {
namespace {

constexpr double kLargestDivergentShare = 0.01;  // of trajectories
constexpr double kLargestMove = 0.1;             // of a logarithm that EM has found

enum class VarianceStep { gibbs, em };
EnumWords<VarianceStep> words_of(VarianceStep) { return {{"gibbs", VarianceStep::gibbs}, {"em", VarianceStep::em}}; }

struct HmcParameters : WeightChainParameters {
  int burn_in = 1000;
  int draws = 50;
  int thinning = 20;
  VarianceStep variance_step = VarianceStep::gibbs;
  TransitionKernel kernel = TransitionKernel::hmc;
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
         field("variance_step", &P::variance_step,
               "learned variances are drawn with the weights, or set to their most probable values in burn-in"),
         field("kernel", &P::kernel, "trajectories of fixed length, or until they turn back"),
         field("leapfrogs", &P::leapfrogs, between(1, 100000), "steps of a trajectory of hmc"),
         field("max_depth", &P::max_depth, between(1, 15), "doublings of a trajectory of nuts"),
         field("initial_step", &P::initial_step, above(0), "step size before adaptation"),
         field("target_acceptance", &P::target_acceptance, between(0.1, 0.999), "the step size is adapted to")});
  }
};

/// A chain, pinned: its sampler calls back its density.
class Chain {
 public:
  Chain(const Network& network, const Batch& data, VectorF start, const WeightHyper& hyper,
        const SamplerOptions& options, const Stream& stream)
      : density_(network, data),
        first_noise_(hyper.noise_variance),
        hyper_(hyper),
        sampler_([this](const VectorF& w, VectorF& gradient) { return density_(w, hyper_, gradient); },
                 std::move(start), options, stream),
        random_(stream.fork("variances")) {}
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  WeightSampler& sampler() { return sampler_; }
  const WeightHyper& hyper() const { return hyper_; }
  WeightSquares squares() const { return density_.squares_at(sampler_.at(), sampler_.log_density(), hyper_); }

  void become(const WeightHyper& hyper) {
    const WeightSquares now = squares();
    gradient_ = sampler_.gradient();
    WeightDensity::change_hyper(sampler_.at(), hyper_, hyper, gradient_);
    hyper_ = hyper;
    // Where the data decide the density is as narrow as the noise's deviation, and so are the steps it takes.
    sampler_.scale_steps(std::sqrt(hyper_.noise_variance / first_noise_));
    sampler_.density_changed(density_.log_density(now, hyper_), gradient_);
  }

  /// Draws of both variances, if they are learned, in turn with those of the weights.
  /// Cost: one gradient where the prior variance is learned, else none.
  void draw_variances(const WeightVariances& variances, bool adapt) {
    if (!variances.learns()) return;
    if (variances.learns_prior()) move_scale(variances, adapt);
    become(variances.drawn(hyper_, squares(), random_));
  }

 private:
  void move_scale(const WeightVariances& variances, bool adapt) {
    const double factor = scale_move_.propose(adapt, random_), before = squares().residuals;
    const WeightHyper then{hyper_.noise_variance, hyper_.prior_variance * factor * factor};
    VectorF weights = static_cast<float>(factor) * sampler_.at();
    const double log_density = density_(weights, then, gradient_);
    if (!scale_move_.accept(variances.log_odds(hyper_, before, then, density_.squares()), adapt, random_)) return;
    hyper_ = then;
    sampler_.move_to(std::move(weights), log_density, gradient_);
  }

  WeightDensity density_;
  double first_noise_;
  WeightHyper hyper_;
  WeightSampler sampler_;
  ScaleMove scale_move_;
  Stream random_;
  VectorF gradient_;
};

/// A Bayesian neural network by full-batch Hamiltonian Monte Carlo (Neal 1996) over its weights. Both variances are
/// drawn after each transition, by Gibbs steps and a ScaleMove (models/bnn/sampling/weight_variances.hpp): every draw
/// has its own, and their uncertainty is in the prediction. With `"variance_step": "em"`, the study's EM-HMC, they are
/// the same for all chains and held when draws are kept: every 5 transitions of burn-in an exact M-step, on the present
/// draws of all chains in its first half and on the mean of all since then in the second (stochastic approximation EM,
/// Delyon, Lavielle & Moulines 1999). Departures from the study: step sizes are adapted by dual averaging, anew from
/// the middle of burn-in, and go with the noise's deviation, where it takes constant factors; chains do not start at
/// draws from the prior but at `chain_starts`; M-steps are exact where it takes steps of Adam; the no-U-turn sampler is
/// there as another kernel. Diagnostics as `chain_posterior` has them, and the samplers' own: "acceptance" and
/// "step_size" over the chains, "least_acceptance" of a chain, "divergences"; after EM "noise_variance.moved" and
/// "prior_variance.moved", the change of the logarithm over the last three eighths of burn-in. Cost: 6 * parameters *
/// rows operations for each leapfrog step of each chain; chains in parallel. The study's values: 10 chains, burn_in
/// 6000, leapfrogs 5, draws 100, thinning 100, start_steps 0, noise_variance exp(-4); longer trajectories give more
/// effective draws for the same cost.
class Hmc : public Model {
 public:
  explicit Hmc(HmcParameters p) : p_(std::move(p)) { p_.check(); }

 private:
  using Chains = std::vector<std::unique_ptr<Chain>>;

  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Batch given = network_data(data);
    const NetworkStart start = p_.start(given, data.inputs.cols(), stream);
    const Network& network = start.network;
    Batch narrowed;
    const Batch& all = as_seen_by(network, given, narrowed);
    const WeightVariances variances = p_.variances(network, all.targets);
    const ChainStarts starts = chain_starts(p_, network, all, stream);
    Chains chains;
    for (const VectorF& begin : starts.weights)
      chains.push_back(
          std::make_unique<Chain>(network, all, begin, starts.hyper, options(), stream.fork("chain", chains.size())));
    Diagnostics record;
    const bool gibbs = p_.variance_step == VarianceStep::gibbs && variances.learns();
    if (gibbs || !variances.learns())
      burn_in(chains, variances);
    else
      record = maximise(chains, variances);
    ChainDraws draws(network.parameter_count(), p_.draws, p_.chains);
    each(chains, [&](Chain& chain, Index c) {
      for (Index s = 0; s < p_.draws; ++s) {
        for (int t = 0; t < p_.thinning; ++t) {
          chain.sampler().sample(1);
          if (gibbs) chain.draw_variances(variances, false);
        }
        draws.keep(c, s, chain.sampler().at(), chain.hyper());
      }
    });
    record["least_acceptance"] = 1;
    for (const auto& chain : chains) {
      const WeightSampler& sampler = chain->sampler();
      record["acceptance"] += sampler.acceptance() / p_.chains;
      record["least_acceptance"] = std::min(record["least_acceptance"], sampler.acceptance());
      record["step_size"] += sampler.step_size() / p_.chains;
      record["divergences"] += static_cast<double>(sampler.divergences());
    }
    std::vector<std::string> warnings = warnings_of(record);
    record.insert(start.record.begin(), start.record.end());
    return chain_posterior(network, data.inputs, std::move(draws), std::move(record), std::move(warnings),
                           "raise burn_in and thinning, or chains");
  }

  /// Chains run apart. With the variances the density changes, and with it the step that suits it: the second half of
  /// the adaptation does not remember the first.
  void burn_in(Chains& chains, const WeightVariances& variances) const {
    each(chains, [&](Chain& chain, Index) {
      for (int t = 0; t < p_.burn_in; ++t) {
        if (t > 0 && t == p_.burn_in / 2) chain.sampler().restart_adaptation();
        chain.sampler().adapt(1);
        chain.draw_variances(variances, true);
      }
    });
  }

  /// Burn-in by EM. Between two M-steps chains run apart; each step waits for all of them.
  Diagnostics maximise(Chains& chains, const WeightVariances& variances) const {
    WeightSquares mean;
    WeightHyper hyper = chains.front()->hyper(), middle = hyper;
    int averaged = 0;
    for (int done = 0; done < p_.burn_in; done += kVarianceSweep) {
      const bool second_half = 2 * done >= p_.burn_in;
      if (second_half && averaged == 0) each(chains, [](Chain& chain, Index) { chain.sampler().restart_adaptation(); });
      each(chains, [&](Chain& chain, Index) { chain.sampler().adapt(std::min(kVarianceSweep, p_.burn_in - done)); });
      WeightSquares now;
      for (const auto& chain : chains) {
        now.residuals += chain->squares().residuals / p_.chains;
        now.weights += chain->squares().weights / p_.chains;
      }
      averaged += second_half ? 1 : 0;
      const double share = 1.0 / std::max(averaged, 1);
      mean.residuals += share * (now.residuals - mean.residuals);
      mean.weights += share * (now.weights - mean.weights);
      hyper = variances.most_probable(hyper, mean);
      if (8 * done < 5 * p_.burn_in) middle = hyper;
      each(chains, [&](Chain& chain, Index) { chain.become(hyper); });
    }
    return {{"noise_variance.moved", std::log(hyper.noise_variance / middle.noise_variance)},
            {"prior_variance.moved", std::log(hyper.prior_variance / middle.prior_variance)}};
  }

  std::vector<std::string> warnings_of(const Diagnostics& record) const {
    std::vector<std::string> all;
    if (const double least = record.at("least_acceptance"); least < kSmallestTrustedAcceptance)
      all.push_back(
          fmt::format("the sampler accepts {:.2g} of a chain's trajectories (trusted from {}); raise burn_in, "
                      "or lower initial_step",
                      least, kSmallestTrustedAcceptance));
    const double divergent = record.at("divergences") / (1.0 * p_.chains * p_.draws * p_.thinning);
    if (divergent > kLargestDivergentShare)
      all.push_back(
          fmt::format("the sampler's energy diverges in {:.2g} of the trajectories (trusted up to {}); raise "
                      "target_acceptance or burn_in",
                      divergent, kLargestDivergentShare));
    for (const char* name : {"noise_variance", "prior_variance"}) {
      const auto moved = record.find(std::string(name) + ".moved");
      if (moved != record.end() && std::abs(moved->second) > kLargestMove)
        all.push_back(
            fmt::format("EM has not settled: the logarithm of {} moved by {:.2g} over the last three eighths of "
                        "burn-in (trusted up to {}); raise burn_in",
                        name, moved->second, kLargestMove));
    }
    return all;
  }

  template <class F>
  static void each(Chains& chains, const F& body) {
    parallel_for(std::ssize(chains), [&](Index c) { body(*chains[static_cast<std::size_t>(c)], c); });
  }

  SamplerOptions options() const {
    return {.kernel = p_.kernel,
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
