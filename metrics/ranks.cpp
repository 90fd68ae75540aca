// SPDX-License-Identifier: Apache-2.0
#include "metrics/ranks.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace predcorr::metrics {

Vector average_ranks(const Eigen::Ref<const Vector>& values) {
  require(!values.hasNaN(), ErrorKind::numerical, "ranks: a value is not a number");
  Rows order = consecutive_rows(0, values.size());
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return values(a) < values(b); });
  Vector ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && values(order[last]) == values(order[first])) ++last;
    for (std::size_t i = first; i < last; ++i) ranks(order[i]) = 0.5 * static_cast<double>(first + 1 + last);
    first = last;
  }
  return ranks;
}

std::optional<double> pearson(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b) {
  require(a.size() == b.size() && a.size() > 0, ErrorKind::shape, "correlation: {} and {} values", a.size(), b.size());
  const Vector x = a.array() - a.mean(), y = b.array() - b.mean();
  const double sx = x.norm(), sy = y.norm();
  // What is left of a constant vector after subtracting its mean is rounding.
  constexpr double kRounding = 1e-13;
  if (sx <= kRounding * a.norm() || sy <= kRounding * b.norm()) return std::nullopt;
  return std::clamp(x.dot(y) / (sx * sy), -1.0, 1.0);
}

std::optional<double> spearman(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b) {
  return pearson(average_ranks(a), average_ranks(b));
}

}  // namespace predcorr::metrics
