// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/rank_tests.hpp"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <cmath>
#include <map>
#include <numbers>

#include "core/base/error.hpp"
#include "metrics/ranks.hpp"

namespace predcorr {

FriedmanTest friedman(const Matrix& scores) {
  require(scores.rows() >= 2 && scores.cols() >= 2, ErrorKind::shape,
          "friedman: needs at least 2 data sets and 2 models, got {} and {}", scores.rows(), scores.cols());
  require(scores.allFinite(), ErrorKind::numerical, "friedman: a score is not finite");
  const auto n = static_cast<double>(scores.rows()), k = static_cast<double>(scores.cols());
  Vector sums = Vector::Zero(scores.cols());
  double tied = 0;        // sum of t^3 - t
  double log_orders = 0;  // of the first row: log of how many ways its ranks can be dealt out
  bool all_agree = true;
  Vector first;
  for (Index row = 0; row < scores.rows(); ++row) {
    const Vector ranks = metrics::average_ranks(scores.row(row).transpose(), {.absolute = 0, .relative = 1e-12});
    sums += ranks;
    std::map<double, double> groups;
    for (const double rank : ranks) groups[rank] += 1;
    for (const auto& [rank, t] : groups) tied += t * (t * t - 1);
    if (row == 0) {
      first = ranks;
      log_orders = std::lgamma(k + 1);
      for (const auto& [rank, t] : groups) log_orders -= std::lgamma(t + 1);
    }
    all_agree = all_agree && ranks == first;
  }
  FriedmanTest test;
  test.datasets = static_cast<int>(scores.rows());
  test.models = static_cast<int>(scores.cols());
  const Vector means = sums / n;
  test.mean_ranks.assign(means.begin(), means.end());
  const double untied = 1 - tied / (n * k * (k * k - 1));
  if (untied <= 0) {  // no data set tells any models apart
    test.f = 0;
    return test;
  }
  test.chi_square = 12 * n / (k * (k + 1)) * (means.array() - 0.5 * (k + 1)).square().sum() / untied;
  test.p = boost::math::cdf(boost::math::complement(boost::math::chi_squared(k - 1), test.chi_square));
  if (all_agree) {
    test.f_p = std::exp(-(n - 1) * log_orders);
    return test;
  }
  test.f = (n - 1) * test.chi_square / (n * (k - 1) - test.chi_square);
  test.f_p = boost::math::cdf(boost::math::complement(boost::math::fisher_f(k - 1, (k - 1) * (n - 1)), *test.f));
  return test;
}

double nemenyi_critical_difference(int models, int datasets, double alpha) {
  require(datasets >= 1, ErrorKind::numerical, "nemenyi: needs at least 1 data set, got {}", datasets);
  const double k = models;
  return studentised_range_quantile(models, alpha) / std::numbers::sqrt2 * std::sqrt(k * (k + 1) / (6.0 * datasets));
}

}  // namespace predcorr
