// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_variances.hpp"

#include <cmath>

namespace predcorr::models {

WeightHyper WeightVariances::drawn(const WeightHyper& now, const WeightSquares& squares, Stream& stream) const {
  WeightHyper then = now;
  if (options_.learn_noise)
    then.noise_variance = noise_at_least(options_.noise.given(rows_, squares.residuals).draw(stream));
  if (options_.learn_prior) then.prior_variance = options_.prior.given(weights_, squares.weights).draw(stream);
  return then;
}

WeightHyper WeightVariances::most_probable(const WeightHyper& now, const WeightSquares& squares) const {
  WeightHyper then = now;
  if (options_.learn_noise)
    then.noise_variance = noise_at_least(options_.noise.given(rows_, squares.residuals).log_mode());
  if (options_.learn_prior) then.prior_variance = options_.prior.given(weights_, squares.weights).log_mode();
  return then;
}

double WeightVariances::log_odds(const WeightHyper& now, double residuals_now, const WeightHyper& then,
                                 double residuals_then) const {
  return 0.5 * (residuals_now - residuals_then) / now.noise_variance +
         options_.prior.log_density_of_log(then.prior_variance) - options_.prior.log_density_of_log(now.prior_variance);
}

double ScaleMove::propose(bool adapt, Stream& stream) const {
  return std::exp(0.5 * (adapt ? step_.current() : step_.average()) * stream.normal());
}

bool ScaleMove::accept(double log_odds, bool adapt, Stream& stream) {
  const double acceptance = std::isfinite(log_odds) ? std::min(1.0, std::exp(log_odds)) : 0.0;
  const bool accepted = stream.uniform() < acceptance;
  if (adapt) step_.observe(acceptance);
  return accepted;
}

}  // namespace predcorr::models
