// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/student_t.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

// Double is enough, and three times as fast as what Boost does by default, in long double.
using TPolicy = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
using StudentT = boost::math::students_t_distribution<double, TPolicy>;

double critical_value(double freedom) {
  return boost::math::quantile(boost::math::complement(StudentT(freedom), 0.5 * (1 - kConfidence)));
}

/// A sum of squares is sum / scale^2: brought near 1 by a power of two, which changes no bit unless a square would have
/// overflowed or underflowed.
struct ScaledSum {
  double sum = 0, scale = 1;
};

ScaledSum squared_deviations(const std::vector<double>& values, double mean) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v - mean));
  if (largest == 0) return {};
  constexpr int kBound = 1000;  // so that the scale itself is a number
  ScaledSum scaled{0, std::scalbn(1.0, std::clamp(-std::ilogb(largest), -kBound, kBound))};
  for (const double v : values) {
    const double deviation = (v - mean) * scaled.scale;
    scaled.sum += deviation * deviation;
  }
  return scaled;
}

}  // namespace

double student_t_critical(double freedom) {
  require(freedom >= 1, ErrorKind::numerical, "Student's t: degrees of freedom must be at least 1, got {}", freedom);
  constexpr int kKept = 100;
  static const std::array<double, kKept> kept = [] {
    std::array<double, kKept> values{};
    for (int i = 0; i < kKept; ++i) values[static_cast<std::size_t>(i)] = critical_value(i + 1);
    return values;
  }();
  const bool is_kept = freedom <= kKept && freedom == std::floor(freedom);
  return is_kept ? kept[static_cast<std::size_t>(freedom) - 1] : critical_value(freedom);
}

double student_t_p(double t, double freedom) {
  require(freedom >= 1, ErrorKind::numerical, "Student's t: degrees of freedom must be at least 1, got {}", freedom);
  require(!std::isnan(t), ErrorKind::numerical, "Student's t: t is not a number");
  if (std::isinf(t)) return 0;
  return std::min(1.0, 2 * boost::math::cdf(boost::math::complement(StudentT(freedom), std::abs(t))));
}

double overlap_inflation(int n, double overlap) {
  require(overlap >= 0 && overlap < 1, ErrorKind::numerical, "overlap of seeds: must be at least 0 and below 1, got {}",
          overlap);
  return 1 + n * overlap / (1 - overlap);
}

double sample_deviation(const std::vector<double>& values, double mean) {
  const auto [sum, scale] = squared_deviations(values, mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1)) / scale;
}

double standard_error_of(const std::vector<double>& values, double mean, double inflation) {
  const auto [sum, scale] = squared_deviations(values, mean);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(sum / (n - 1) / n * inflation) / scale;
}

double sample_median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

}  // namespace predcorr
