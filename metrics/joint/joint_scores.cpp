// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/joint_scores.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numbers>

#include "core/base/error.hpp"
#include "metrics/joint/content_order.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {

TestSample::TestSample(const EvaluationData& evaluation, const JointPrediction& all, Index most) {
  const Index n = evaluation.n_test();
  order = shuffled(test_order(evaluation, all));
  Rows kept = consecutive_rows(0, n);
  if (n > most) {
    order.resize(static_cast<std::size_t>(most));
    kept = order;
    order = consecutive_rows(0, most);
  }
  for (Index& row : kept) row += evaluation.n_pool;
  y = evaluation.y(kept);
  prediction = all.subset(kept);
  held_variance(prediction);
}

double mean_root_distance(double m, double s) {
  m = std::abs(m);
  if (s == 0) return std::sqrt(m);
  const double x = 0.5 * (m / s) * (m / s);
  constexpr double kLarge = 25;
  if (x > kLarge) {
    double term = 1, sum = 1;
    for (int k = 0; k < 20; ++k) {
      term *= (k - 0.25) * (k + 0.25) / ((k + 1) * x);
      sum += term;
      if (std::abs(term) < 1e-16) break;
    }
    return std::sqrt(m) * sum;
  }
  double term = std::exp(-x), sum = term;
  for (int k = 0; k < 200; ++k) {
    term *= (k + 0.75) * x / ((k + 0.5) * (k + 1));
    sum += term;
    if (term < 1e-16 * sum && k > x) break;
  }
  constexpr double kGamma = 1.2254167024651776;  // Gamma(3/4)
  static const double scale = std::sqrt(std::numbers::sqrt2) * kGamma / std::sqrt(std::numbers::pi);
  return scale * std::sqrt(s) * sum;
}

double mean_distance(double m, double s) {
  if (s == 0) return std::abs(m);
  const double z = m / s;
  return s * std::sqrt(2 / std::numbers::pi) * std::exp(-0.5 * z * z) + m * std::erf(z / std::numbers::sqrt2);
}

MeanLength::MeanLength(const Matrix& covariance) {
  require(covariance.allFinite(), ErrorKind::numerical,
          "a predicted variance of y is too large for a double: give the targets a larger unit");
  exponent_ = 2 * (even_exponent(covariance) / 4);  // even, as powers of C are taken
  const Matrix near_one = times_power(covariance, -2 * exponent_);
  if (near_one.rows() == 1) {  // Eigen's reduction begins at two
    diagonal_ = near_one.col(0);
    basis_ = Matrix::Identity(1, 1);
    return;
  }
  const Eigen::Tridiagonalization<Matrix> reduced(near_one);
  diagonal_ = reduced.diagonal();
  beside_ = reduced.subDiagonal();
  basis_ = reduced.matrixQ();
}

double MeanLength::operator()(const Vector& given_mean, double factor) const {
  require(given_mean.allFinite(), ErrorKind::numerical, "an error is too large for a double");
  // Both in one unit: that of the mean where it is far above the deviations or there are none, else that of these.
  Vector mean = times_power(given_mean, -exponent_), diagonal = diagonal_, beside = beside_;
  int exponent = exponent_;
  constexpr int kFar = 100;
  const bool sure = !(diagonal_.array() > 0).any(), centred = !(given_mean.array() != 0).any();
  if (const int more = even_exponent(given_mean) - exponent_; !centred && (more > kFar || sure)) {
    mean = times_power(given_mean, -exponent_ - more);
    diagonal = times_power(diagonal, -2 * more);
    beside = times_power(beside, -2 * more);
    exponent += more;
  }
  const double scale = factor * factor, mean_square = scale * diagonal.sum() + mean.squaredNorm();
  if (!(mean_square > 0)) return 0;
  const Vector m = basis_.transpose() * mean;
  // L D L' of I + 2 t T, row by row; `excess` is D - 1, kept apart so that small t lose no digits.
  const auto one_minus_transform = [&](double t) {
    double log_determinant = 0, form = 0, excess = 0, forward = 0;
    for (Index i = 0; i < m.size(); ++i) {
      const double off = i > 0 ? 2 * t * scale * beside(i - 1) : 0.0, ratio = off / (1 + excess);
      forward = m(i) - ratio * forward;
      excess = std::max(2 * t * scale * diagonal(i) - ratio * off, 0.0);  // below 0 by rounding alone
      log_determinant += std::log1p(excess);
      form += forward * forward / (1 + excess);
    }
    return -std::expm1(-0.5 * log_determinant - t * form);
  };
  constexpr double kStep = 0.3, kReach = 60;  // what lies beyond is exp(-30) of the whole
  double sum = 0;
  for (double u = -kReach; u <= kReach; u += kStep)
    sum += one_minus_transform(std::exp(u) / mean_square) * std::exp(-0.5 * u);
  return std::ldexp(kStep * sum * std::sqrt(mean_square) / (2 * std::sqrt(std::numbers::pi)), exponent);
}

}  // namespace predcorr::metrics
