// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace predcorr::models {

/// The step size of a Hamiltonian sampler, adapted to an acceptance: Nesterov's dual averaging of its logarithm, with
/// the constants of Hoffman & Gelman 2014, section 3.2.
class StepSize {
 public:
  StepSize(double first, double target) : centre_(std::log(10 * first)), target_(target), log_step_(std::log(first)) {}

  /// @param acceptance of the last transition, 0 to 1
  void observe(double acceptance) {
    ++t_;
    const double weight = 1 / (t_ + 10);
    error_ = (1 - weight) * error_ + weight * (target_ - acceptance);
    log_step_ = centre_ - std::sqrt(t_) / 0.05 * error_;
    const double decay = std::pow(t_, -0.75);
    log_average_ = decay * log_step_ + (1 - decay) * log_average_;
  }

  double current() const { return std::exp(log_step_); }                          ///< to adapt with
  double average() const { return t_ > 0 ? std::exp(log_average_) : current(); }  ///< to sample with

 private:
  double centre_, target_, log_step_, log_average_ = 0, error_ = 0, t_ = 0;
};

}  // namespace predcorr::models
