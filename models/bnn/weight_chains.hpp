// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "models/bnn/network_parameters.hpp"
#include "models/bnn/optimiser.hpp"
#include "models/bnn/weight_density.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// What models that sample a network's weights by Markov chains have in common. All of them sample
///   y ~ N(f(x), noise_variance), weights ~ N(0, prior_variance), pre-activations scaled by 1 / sqrt(fan-in + 1).
struct WeightChainParameters : NetworkParameters {
  int chains = 4;
  int start_steps = 300;
  bool learn_noise = true;
  double noise_variance = std::exp(-4.0);  // the study's log standard deviation of -2
  bool learn_prior = true;
  double prior_variance = 1;
  double variance_rate = 0.01;

  static Fields<WeightChainParameters> fields();

  Network network(Index inputs) const { return Network(architecture(inputs, 1, true)); }
};

/// Monte-Carlo EM (Wei & Tanner 1990) for both variances, a step of Adam at a time: the expected log joint density of
/// data and weights goes uphill in their logarithms, expectations being means over the present draws of all chains.
class VarianceLearner {
 public:
  explicit VarianceLearner(const WeightChainParameters& p);

  WeightHyper hyper() const;
  bool learns() const { return learn_noise_ || learn_prior_; }

  /// @param residual_square of a row, mean over rows and chains  @param weight_square of a weight, likewise
  /// @param share of the rate
  void step(double residual_square, double weight_square, double share = 1);

 private:
  bool learn_noise_, learn_prior_;
  WeightHyper given_;
  double rate_;
  VectorF logs_;
  Adam adam_;
};

/// Transitions, or steps, between two of the learner; the study's.
constexpr int kVarianceSweep = 5;

/// Where chains begin: not at draws w0 from the prior but where `start_steps` of Adam get from them on
///   |f - y - noise draw|^2 / (2 noise_variance) + |w - w0|^2 / (2 prior_variance).
/// Of a linear network these are independent draws from the posterior (Matthews et al. 2017, "sample-then-optimise"),
/// of others about such; so the learner learns from the
/// second half of the steps already, its rate falling with Adam's. Directions that the
/// data say nothing of have their prior spread from the start, which chains with short steps would take long to find.
/// @throws Error (numerical) where the density is not finite at the end
/// Cost: start_steps * 7 * parameters * rows operations for each chain; chains in parallel.
std::vector<VectorF> chain_starts(const WeightChainParameters& p, const Network& network, const Batch& data,
                                  VarianceLearner& learner, const Stream& stream);

/// Convergence as functions show it: "r_hat" is the largest and "ess" the smallest of the functions' values at up to 50
/// rows of `inputs`. Weights themselves can be permuted and need not agree.
/// @param draws weights in columns, chain after chain
Diagnostics chain_diagnostics(const Network& network, const Matrix& inputs, const MatrixF& draws, Index chains);

}  // namespace predcorr::models
