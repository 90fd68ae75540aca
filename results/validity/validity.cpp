// SPDX-License-Identifier: Apache-2.0
#include "results/validity/validity.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace predcorr {
namespace {

/// Models that have both quantities in every seed.
Rows complete(const Quantity& a, const Quantity& b) {
  Rows rows;
  for (Index m = 0; m < a.values.rows(); ++m)
    if (a.values.row(m).allFinite() && b.values.row(m).allFinite()) rows.push_back(m);
  return rows;
}

/// The smallest value that at least this share of the values does not exceed; values may be infinite.
double quantile(const std::vector<double>& sorted, double share) {
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size()))) - 1;
  return sorted[std::min(at, sorted.size() - 1)];
}

}  // namespace

ValidityRelation relate(const Quantity& score, const Quantity& target, const Quantity* over,
                        const SeedJackknife& seeds) {
  const Rows rows = complete(score, target);
  ValidityRelation relation;
  relation.models = std::ssize(rows);
  if (relation.models < kLeastModels) return relation;
  const Matrix a = seeds.means(score.oriented()(rows, Eigen::all));
  const Matrix b = seeds.means(target.oriented()(rows, Eigen::all));
  relation.pearson = seeds.interval(relations(a, b, Relation::pearson), 1);
  const Vector ranks = relations(a, b, Relation::spearman);
  relation.spearman = seeds.interval(ranks, 1);
  if (over == nullptr || complete(score, *over).size() < rows.size()) return relation;
  const Matrix other = over->oriented()(rows, Eigen::all);
  if (other.allFinite())
    relation.over_marginal = seeds.interval(ranks - relations(seeds.means(other), b, Relation::spearman), 2);
  return relation;
}

Power power_of(const Quantity& score, const Matrix& targets) {
  const Rows rows = complete(score, score);
  const Matrix values = score.oriented()(rows, Eigen::all);
  const auto n = static_cast<double>(values.cols());
  const double critical = boost::math::quantile(boost::math::students_t(n - 1), 0.975);
  constexpr double kNormal = 1.959963984540054 + 0.841621233572914;  // 97.5 % and 80 %
  std::vector<double> seeds;
  Index separated = 0;
  Vector agreeing = Vector::Zero(targets.cols()), counted = agreeing;
  for (Index i = 0; i < values.rows(); ++i)
    for (Index j = 0; j < i; ++j) {
      const Vector d = values.row(i) - values.row(j);
      const double mean = d.mean(), deviation = std::sqrt((d.array() - mean).square().sum() / (n - 1));
      const double needed =
          mean == 0 ? std::numeric_limits<double>::infinity() : std::ceil(std::pow(kNormal * deviation / mean, 2));
      seeds.push_back(std::max(2.0, needed));
      if (!(std::abs(mean) * std::sqrt(n) > critical * deviation)) continue;
      ++separated;
      for (Index t = 0; t < targets.cols(); ++t) {
        const double gap =
            targets(rows[static_cast<std::size_t>(i)], t) - targets(rows[static_cast<std::size_t>(j)], t);
        if (std::isnan(gap) || gap == 0) continue;
        counted(t) += 1;
        agreeing(t) += (gap > 0) == (mean > 0) ? 1 : 0;
      }
    }
  Power power;
  power.pairs = std::ssize(seeds);
  if (seeds.empty()) return power;
  std::sort(seeds.begin(), seeds.end());
  power.separated = static_cast<double>(separated) / static_cast<double>(seeds.size());
  power.seeds = Vector{{quantile(seeds, 0.25), quantile(seeds, 0.5), quantile(seeds, 0.75)}};
  power.agreement = (counted.array() > 0).select(agreeing.array() / counted.array(), kNoValue);
  return power;
}

}  // namespace predcorr
