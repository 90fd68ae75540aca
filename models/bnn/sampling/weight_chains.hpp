// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/bnn/pruning/network_start.hpp"
#include "models/bnn/sampling/weight_density.hpp"
#include "models/bnn/sampling/weight_variances.hpp"
#include "models/mcmc/mixing.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// What models that sample a network's weights by Markov chains have in common. All of them sample
///   y ~ N(f(x), noise_variance), weights ~ N(0, prior_variance), pre-activations scaled by 1 / sqrt(fan-in + 1),
///   noise_variance ~ IG(noise_shape, noise_scale s), s the targets' mean square,  prior_variance ~ IG(prior_shape,
///   prior_scale)
/// where the variances are learned. The defaults weigh as one residual of a tenth of the targets' standard deviation
/// and as one weight of 0.45: enough to keep variances off 0 where networks can interpolate, nothing beside a few dozen
/// rows.
struct WeightChainParameters : PrunableNetworkParameters {
  int chains = 4;
  int start_steps = 300;
  bool learn_noise = true;
  double noise_variance = 0;
  double noise_shape = 0.5;
  double noise_scale = 0.005;
  bool learn_prior = true;
  double prior_variance = 1;
  double prior_shape = 0.5;
  double prior_scale = 0.1;

  static Fields<WeightChainParameters> fields();

  /// @throws Error (config) where a noise is neither given nor learned
  void check() const;

  Network network(Index inputs) const { return Network(architecture(inputs, 1, true)); }
  /// The same, pruned where `pruning` says so: one network for all chains, whose first weights are scored alone.
  NetworkStart start(const Batch& all, Index inputs, const Stream& stream) const {
    return network_start(*this, all, inputs, stream.fork("pruned"));
  }
  WeightVariances variances(const Network& network, const VectorF& targets) const;

  /// What chains begin with: a noise of half the targets' mean square where none is given.
  WeightHyper first_hyper(const VectorF& targets) const;
};

/// Where chains begin.
struct ChainStarts {
  std::vector<VectorF> weights;
  WeightHyper hyper;
};

/// Chains do not begin at draws w0 from the prior but where `start_steps` of Adam get from them on
///   |f - y - noise draw|^2 / (2 noise_variance) + |w - w0|^2 / (2 prior_variance).
/// Of a linear network these are independent draws from the posterior (Matthews et al. 2017, "sample-then-optimise"),
/// of others about such; so in the second half of the steps the noise, if it is learned, is set to its most probable
/// value given all starts, every `kVarianceSweep` steps. The prior variance stays: Adam's steps do not shrink with the
/// gradient, and lengthen weights that the data say nothing of. Such directions have their prior spread from the start,
/// which chains with short steps would take long to find.
/// @throws Error (numerical) where the density is not finite at the end
/// Cost: start_steps * 7 * parameters * rows operations for each chain; chains in parallel.
ChainStarts chain_starts(const WeightChainParameters& p, const Network& network, const Batch& data,
                         const Stream& stream);

/// Transitions, or steps, between two M-steps; the study's.
constexpr int kVarianceSweep = 5;

/// What all chains have drawn.
struct ChainDraws {
  MatrixF weights;      ///< in columns, chain after chain
  Matrix noise, prior;  ///< variances of each draw: draws x chains

  ChainDraws(Index weights_each, Index draws, Index chains)
      : weights(weights_each, draws * chains), noise(draws, chains), prior(draws, chains) {}
  Index chains() const { return noise.cols(); }

  void keep(Index chain, Index draw, const VectorF& w, const WeightHyper& hyper);
};

/// Convergence as functions show it, the worst of up to 50 rows of `inputs`. Weights themselves can be permuted and
/// need not agree.
Mixing function_mixing(const Network& network, const Matrix& inputs, const ChainDraws& draws);

/// The posterior of all draws, their noise the mean of the draws'. On record: "r_hat", "ess" and "drift" of functions;
/// "noise_variance", that mean, and "prior_variance", the geometric mean; and where they vary "noise_variance.r_hat"
/// and so on of the logarithms, with "noise_variance.log_stddev". Warnings where functions or variances have not mixed.
/// @param record, warnings the sampler's own  @param advice how to mix better
std::unique_ptr<Posterior> chain_posterior(const Network& network, const Matrix& inputs, ChainDraws draws,
                                           Diagnostics record, std::vector<std::string> warnings,
                                           const std::string& advice);

}  // namespace predcorr::models
