// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// How far Markov chains of some numbers have come to agree: models/mcmc/mcmc_diagnostics.hpp, the worst over the
/// numbers.
struct Mixing {
  double r_hat = 1;  ///< rank-normalised, split
  double ess = 0;    ///< effective sample size of ranks, all chains together
  double drift = 0;  ///< from the first third of the draws to the last, in standard deviations
  Index chains = 0;  ///< 0 where there is no number
  Index draws = 0;   ///< of all chains

  /// @param values of one number, draws x chains
  static Mixing of(const Eigen::Ref<const Matrix>& values);

  /// The worse of both, number by number.
  void worsen(const Mixing& other);
};

/// @name What is still trusted
/// An R-hat of 1.1 is what chains that agree show by chance at some 10 effective draws each. With 20 effective draws in
/// all the error of a mean is 0.22 standard deviations, of a standard deviation 16%. A drift by a whole standard
/// deviation means that half of the spread, or more, is movement.
/// @{
constexpr double kLargestTrustedRHat = 1.1;
constexpr double kSmallestTrustedSize = 20;
constexpr double kLargestTrustedDrift = 1;
constexpr double kSmallestTrustedAcceptance = 0.5;
/// @}

/// A sentence that says with numbers in what chains of `what` have not mixed and what to change; none if they have.
/// R-hat counts where there are two chains or more.
/// @param what e.g. "functions at the training rows"  @param advice e.g. "raise burn_in or thinning"
std::vector<std::string> mixing_warnings(const std::string& what, const Mixing& mixing, const std::string& advice);

}  // namespace predcorr::models
