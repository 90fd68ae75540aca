// SPDX-License-Identifier: Apache-2.0
#include "models/mcmc/mixing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/mcmc/mcmc_diagnostics.hpp"

namespace predcorr::models {

Mixing Mixing::of(const Eigen::Ref<const Matrix>& values) {
  return {rank_normalised_r_hat(values), bulk_effective_sample_size(values), models::drift(values), values.cols(),
          values.size()};
}

void Mixing::worsen(const Mixing& other) {
  if (other.chains == 0) return;
  if (chains == 0) {
    *this = other;
    return;
  }
  r_hat = std::max(r_hat, other.r_hat);
  ess = std::min(ess, other.ess);
  if (std::abs(other.drift) > std::abs(drift)) drift = other.drift;
}

std::vector<std::string> mixing_warnings(const std::string& what, const Mixing& mixing, const std::string& advice) {
  if (mixing.chains == 0) return {};
  std::vector<std::string> faults;
  if (mixing.chains >= 2 && mixing.r_hat > kLargestTrustedRHat)
    faults.push_back(fmt::format("R-hat {:.3g} (trusted up to {})", mixing.r_hat, kLargestTrustedRHat));
  if (mixing.ess < kSmallestTrustedSize)
    faults.push_back(fmt::format("effective sample size {:.3g} of {} draws (trusted from {})", mixing.ess, mixing.draws,
                                 kSmallestTrustedSize));
  if (std::abs(mixing.drift) > kLargestTrustedDrift)
    faults.push_back(fmt::format("drift of {:.2g} standard deviations while sampled (trusted up to {})", mixing.drift,
                                 kLargestTrustedDrift));
  if (faults.empty()) return {};
  std::string sentence = "the sampler has not mixed, " + what + ": " + faults.front();
  for (std::size_t i = 1; i < faults.size(); ++i) sentence += ", " + faults[i];
  return {sentence + "; " + advice};
}

}  // namespace predcorr::models
