// SPDX-License-Identifier: Apache-2.0
#include "results/seed_bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error.hpp"
#include "metrics/ranks.hpp"

namespace predcorr {
namespace {

/// Linear between order statistics, as NumPy's default.
double percentile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<Rows> drawn(Index seeds, int resamples, const Stream& stream) {
  std::vector<Rows> draws(static_cast<std::size_t>(resamples));
  for (std::size_t r = 0; r < draws.size(); ++r) {
    Stream draw = stream.fork("resample", r);
    for (Index i = 0; i < seeds; ++i) draws[r].push_back(draw.index(seeds));
  }
  return draws;
}

}  // namespace

SeedBootstrap::SeedBootstrap(Index seeds, int resamples, const Stream& stream)
    : SeedBootstrap(seeds, drawn(seeds, resamples, stream)) {}

SeedBootstrap::SeedBootstrap(Index seeds, const std::vector<Rows>& draws) {
  require(seeds >= 2, ErrorKind::config, "intervals need at least 2 seeds, there are {}", seeds);
  counts_ = Matrix::Zero(1 + std::ssize(draws), seeds);
  counts_.row(0).setOnes();
  for (std::size_t r = 0; r < draws.size(); ++r)
    for (const Index seed : draws[r]) counts_(static_cast<Index>(r) + 1, seed) += 1;
}

Matrix SeedBootstrap::means(const Matrix& values) const {
  Matrix all(values.rows(), counts_.rows());
  // Model by model, not as one matrix product: that rounds a row by its place in the matrix, and ranks would find an
  // order among equal models.
  for (Index m = 0; m < values.rows(); ++m) {
    Vector sums = Vector::Zero(counts_.rows());
    for (Index seed = 0; seed < counts_.cols(); ++seed) sums += values(m, seed) * counts_.col(seed);
    all.row(m) = sums.transpose() / static_cast<double>(counts_.cols());
  }
  return all;
}

Vector relations(const Matrix& a, const Matrix& b, Relation kind) {
  Vector all(a.cols());
  for (Index c = 0; c < a.cols(); ++c) {
    const auto value =
        kind == Relation::pearson ? metrics::pearson(a.col(c), b.col(c)) : metrics::spearman(a.col(c), b.col(c));
    all(c) = value.value_or(std::numeric_limits<double>::quiet_NaN());
  }
  return all;
}

std::optional<Interval> interval_of(const Vector& statistic) {
  if (!std::isfinite(statistic(0))) return std::nullopt;
  std::vector<double> sorted;
  for (const double value : statistic.tail(statistic.size() - 1))
    if (std::isfinite(value)) sorted.push_back(value);
  if (sorted.empty()) return Interval{statistic(0), statistic(0), statistic(0)};
  std::sort(sorted.begin(), sorted.end());
  return Interval{statistic(0), percentile(sorted, 0.025), percentile(sorted, 0.975)};
}

}  // namespace predcorr
