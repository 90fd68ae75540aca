// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/row_scores.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr::metrics {
namespace {

/// `lanes` terms at a time; `terms` of them are multiplied before a logarithm, as many as cannot underflow.
template <class Scalar, int lanes, int terms>
double sum(const Scalar* x, const Scalar* left, Index n, Scalar inverse, Scalar least) {
  using Lanes = Eigen::Array<Scalar, lanes, 1>;
  using Map = Eigen::Map<const Lanes>;
  const auto term = [&](Index at) -> Lanes { return (Map(left + at) - Map(x + at).square() * inverse).max(least); };
  Eigen::Array<double, lanes, 1> logs = Eigen::Array<double, lanes, 1>::Zero();
  Index at = 0;
  while (at + lanes <= n) {
    Lanes product = term(at);
    at += lanes;
    for (int k = 1; k < terms && at + lanes <= n; ++k, at += lanes) product *= term(at);
    const Lanes logarithms = product.log();  // by itself: in one expression with the cast it would not be vectorised
    logs += logarithms.template cast<double>();
  }
  double total = logs.sum();
  for (; at < n; ++at) total += std::log(static_cast<double>(std::max(left[at] - x[at] * x[at] * inverse, least)));
  return total;
}

}  // namespace

double sum_of_logs(const double* x, const double* left, Index n, double variance) {
  return sum<double, 16, 20>(x, left, n, 1 / variance, 1e-14);
}

double sum_of_logs(const float* x, const float* left, Index n, double variance) {
  return sum<float, 32, 5>(x, left, n, static_cast<float>(1 / variance), 1e-6F);
}

}  // namespace predcorr::metrics
