// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/base/stream.hpp"
#include "models/bnn/sampling/inverse_gamma.hpp"
#include "models/bnn/sampling/weight_density.hpp"
#include "models/mcmc/step_size.hpp"

namespace predcorr::models {

/// Noise variance and prior variance as random variables: inverse gamma priors, of which the normal likelihood of
/// residuals and the normal prior of weights are conjugate. One that is not learned stays as it is.
class WeightVariances {
 public:
  struct Options {
    bool learn_noise = true, learn_prior = true;
    InverseGamma noise = {}, prior = {};
    double smallest_noise = 0;  ///< of what is learned: densities in float end there
  };

  WeightVariances(const Options& options, Index rows, Index weights)
      : options_(options), rows_(static_cast<double>(rows)), weights_(static_cast<double>(weights)) {}

  bool learns_noise() const { return options_.learn_noise; }
  bool learns_prior() const { return options_.learn_prior; }
  bool learns() const { return options_.learn_noise || options_.learn_prior; }

  /// The Gibbs step: both from their conditionals given the weights,
  ///   noise | w ~ IG(shape + rows / 2, scale + residuals / 2),  prior | w ~ IG(shape + weights / 2, scale + |w|^2 /
  ///   2).
  WeightHyper drawn(const WeightHyper& now, const WeightSquares& squares, Stream& stream) const;

  /// The M-step of Monte-Carlo EM, exact: their most probable logarithms given mean squares over draws of the weights.
  WeightHyper most_probable(const WeightHyper& now, const WeightSquares& squares) const;

  /// log of the odds that a move (weights, prior) -> (s weights, s^2 prior) is accepted by; see ScaleMove.
  /// @param now before  @param then after, prior variance times s^2  @param residuals likewise
  double log_odds(const WeightHyper& now, double residuals_now, const WeightHyper& then, double residuals_then) const;

 private:
  double noise_at_least(double variance) const { return std::max(variance, options_.smallest_noise); }

  Options options_;
  double rows_, weights_;
};

/// A Metropolis step along the line on which all weights and the root of their prior variance grow together. The Gibbs
/// step moves the prior variance by sqrt(2 / weights) of itself, little where weights are many and mostly left to the
/// prior; here the weights come with it and only the data object. Both in turns are the interweaving of Yu & Meng 2011.
/// In z = w / sqrt(prior) and log prior the move changes the latter alone, by a normal step; the density there is
/// likelihood * inverse gamma. The step is adapted to an acceptance of 0.44, the best along one line (Roberts &
/// Rosenthal 2001).
class ScaleMove {
 public:
  /// @param adapt whether the step is still adapted: then `accept` must be told of each proposal
  /// @return s, the factor of the weights
  double propose(bool adapt, Stream& stream) const;

  /// @param log_odds of the proposal; what is not finite is refused
  bool accept(double log_odds, bool adapt, Stream& stream);

 private:
  StepSize step_{0.1, 0.44};  // of log prior
};

}  // namespace predcorr::models
