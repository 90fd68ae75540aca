// SPDX-License-Identifier: Apache-2.0
#include "models/mcmc/mcmc_diagnostics.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace predcorr::models {
namespace {

/// Half chains about their means, with the two variances that everything here compares.
struct HalfChains {
  Matrix centred;  ///< half x (2 chains)
  double within;   ///< mean of the halves' variances
  double between;  ///< variance of their means
};

/// Half chains side by side; the middle draw of an odd number is left out.  @return half x (2 chains)
Matrix halves_of(const Eigen::Ref<const Matrix>& draws) {
  const Index half = draws.rows() / 2;
  Matrix halves(half, 2 * draws.cols());
  for (Index c = 0; c < draws.cols(); ++c) {
    halves.col(2 * c) = draws.col(c).head(half);
    halves.col(2 * c + 1) = draws.col(c).tail(half);
  }
  return halves;
}

/// @param halves at least 2 x 2
HalfChains half_chains(Matrix halves) {
  const Index half = halves.rows(), count = halves.cols();
  HalfChains h{std::move(halves), 0, 0};
  const Eigen::RowVectorXd means = h.centred.colwise().mean();
  h.centred.rowwise() -= means;
  h.within = h.centred.squaredNorm() / static_cast<double>((half - 1) * count);
  h.between = (means.array() - means.mean()).square().sum() / static_cast<double>(count - 1);
  return h;
}

/// Every number replaced by the standard normal quantile of its rank.
Matrix normal_scores(const Matrix& numbers) {
  const Index size = numbers.size();
  Rows order = consecutive_rows(0, size);
  const double* value = numbers.data();
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return value[a] < value[b]; });
  Matrix scores(numbers.rows(), numbers.cols());
  for (Index first = 0, last = 0; first < size; first = last) {
    const auto at = [&](Index i) { return order[static_cast<std::size_t>(i)]; };
    while (last < size && value[at(last)] == value[at(first)]) ++last;
    const double rank = 0.5 * static_cast<double>(first + 1 + last);  // ranks first + 1 to last
    const double share = (rank - 0.375) / (static_cast<double>(size) + 0.25);
    const double score = std::numbers::sqrt2 * boost::math::erf_inv(2 * share - 1);
    for (Index i = first; i < last; ++i) scores.data()[at(i)] = score;
  }
  return scores;
}

double median(const Matrix& numbers) {
  std::vector<double> sorted(numbers.data(), numbers.data() + numbers.size());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]);
}

double r_hat(Matrix halves) {
  const HalfChains h = half_chains(std::move(halves));
  if (h.between == 0) return 1;
  const auto n = static_cast<double>(h.centred.rows());
  const double ratio = h.within > 0 ? (n - 1) / n + h.between / h.within : std::numeric_limits<double>::infinity();
  return std::clamp(std::sqrt(ratio), 1.0, kLargestRHat);
}

/// @param standing what there is at least: one draw for each chain
double sample_size(Matrix halves, double standing) {
  const HalfChains h = half_chains(std::move(halves));
  const Index half = h.centred.rows(), chains = h.centred.cols();
  const auto n = static_cast<double>(half);
  const double all = (n - 1) / n * h.within + h.between;
  if (!(all > 0)) return standing;

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

}  // namespace

double split_r_hat(const Eigen::Ref<const Matrix>& draws) { return draws.rows() < 4 ? 1 : r_hat(halves_of(draws)); }

double rank_normalised_r_hat(const Eigen::Ref<const Matrix>& draws) {
  if (draws.rows() < 4) return 1;
  const Matrix halves = halves_of(draws);
  const Matrix folded = (halves.array() - median(halves)).abs();
  return std::max(r_hat(normal_scores(halves)), r_hat(normal_scores(folded)));
}

double effective_sample_size(const Eigen::Ref<const Matrix>& draws) {
  const auto chains = static_cast<double>(draws.cols());
  return draws.rows() < 4 ? chains : sample_size(halves_of(draws), chains);
}

double bulk_effective_sample_size(const Eigen::Ref<const Matrix>& draws) {
  const auto chains = static_cast<double>(draws.cols());
  return draws.rows() < 4 ? chains : sample_size(normal_scores(halves_of(draws)), chains);
}

double drift(const Eigen::Ref<const Matrix>& draws) {
  const Index third = draws.rows() / 3;
  const double spread = std::sqrt((draws.array() - draws.mean()).square().mean());
  if (third == 0 || !(spread > 0)) return 0;
  return (draws.bottomRows(third).mean() - draws.topRows(third).mean()) / spread;
}

}  // namespace predcorr::models
