// SPDX-License-Identifier: Apache-2.0
#include "models/mcmc_diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace predcorr::models {
namespace {

/// Half chains about their means, with the two variances that everything here compares.
struct HalfChains {
  Matrix centred;  ///< half x (2 chains)
  double within;   ///< mean of the halves' variances
  double between;  ///< variance of their means
};

/// @param draws at least 4 x 1; the middle draw of an odd number is left out
HalfChains half_chains(const Eigen::Ref<const Matrix>& draws) {
  const Index half = draws.rows() / 2, chains = draws.cols();
  HalfChains h{Matrix(half, 2 * chains), 0, 0};
  for (Index c = 0; c < chains; ++c) {
    h.centred.col(2 * c) = draws.col(c).head(half);
    h.centred.col(2 * c + 1) = draws.col(c).tail(half);
  }
  const Eigen::RowVectorXd means = h.centred.colwise().mean();
  h.centred.rowwise() -= means;
  h.within = h.centred.squaredNorm() / static_cast<double>((half - 1) * 2 * chains);
  h.between = (means.array() - means.mean()).square().sum() / static_cast<double>(2 * chains - 1);
  return h;
}

}  // namespace

double split_r_hat(const Eigen::Ref<const Matrix>& draws) {
  if (draws.rows() < 4) return 1;
  const HalfChains h = half_chains(draws);
  if (h.between == 0) return 1;
  const auto n = static_cast<double>(h.centred.rows());
  const double ratio = h.within > 0 ? (n - 1) / n + h.between / h.within : std::numeric_limits<double>::infinity();
  return std::clamp(std::sqrt(ratio), 1.0, kLargestRHat);
}

double effective_sample_size(const Eigen::Ref<const Matrix>& draws) {
  if (draws.rows() < 4) return static_cast<double>(draws.cols());
  const HalfChains h = half_chains(draws);
  const Index half = h.centred.rows(), chains = h.centred.cols();
  const auto n = static_cast<double>(half);
  const double all = (n - 1) / n * h.within + h.between;
  if (!(all > 0)) return static_cast<double>(draws.cols());

  // Autocorrelation by what all draws vary, not by what each half does: a half that stays where it is looks correlated.
  const auto correlation = [&](Index lag) {
    const double product = h.centred.topRows(half - lag).cwiseProduct(h.centred.bottomRows(half - lag)).sum();
    return 1 - (h.within - product / (n * static_cast<double>(chains))) / all;
  };
  double sum = 0, least = std::numeric_limits<double>::infinity();
  for (Index lag = 0; lag + 1 < half; lag += 2) {
    // Lag 0 stands for 1 exactly; the estimate has 1 / n of the variance within too little.
    const double pair = (lag == 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (!(pair > 0)) break;
    least = std::min(least, pair);
    sum += least;
  }
  const double total = n * static_cast<double>(chains);
  return total / std::max(2 * sum - 1, 1 / std::log10(total));
}

}  // namespace predcorr::models
