// SPDX-License-Identifier: Apache-2.0
#include "results/validity/seed_jackknife.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "metrics/ranks.hpp"

namespace predcorr {

SeedJackknife::SeedJackknife(Index seeds) : seeds_(seeds) {
  require(seeds >= 2, ErrorKind::config, "intervals need at least 2 seeds, there are {}", seeds);
  quantile_ = boost::math::quantile(boost::math::students_t(static_cast<double>(seeds - 1)), 0.975);
}

Matrix SeedJackknife::means(const Matrix& values) const {
  Matrix all(values.rows(), 1 + seeds_);
  // Model by model, in one order: sums over a matrix round a row by its place in it, and ranks would find an order
  // among equal models.
  for (Index m = 0; m < values.rows(); ++m)
    for (Index left_out = -1; left_out < seeds_; ++left_out) {
      double sum = 0;
      for (Index seed = 0; seed < seeds_; ++seed)
        if (seed != left_out) sum += values(m, seed);
      all(m, 1 + left_out) = sum / static_cast<double>(left_out < 0 ? seeds_ : seeds_ - 1);
    }
  return all;
}

std::optional<JackknifeInterval> SeedJackknife::interval(const Vector& statistic, double bound) const {
  if (!statistic.allFinite()) return std::nullopt;
  const auto n = static_cast<double>(seeds_);
  const auto without = statistic.tail(seeds_).array();
  const double half = quantile_ * std::sqrt((n - 1) / n * (without - without.mean()).square().sum());
  const double value = statistic(0);
  return JackknifeInterval{value, std::max(value - half, -bound), std::min(value + half, bound)};
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

}  // namespace predcorr
