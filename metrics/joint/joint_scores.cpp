// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/joint_scores.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "metrics/points/content_order.hpp"
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
  points = kept;
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

Vector MeanLength::of_columns(const Matrix& means) const {
  const Index n = diagonal_.size(), count = means.cols();
  Vector lengths(count);
  const double trace = diagonal_.sum();
  const Matrix scaled = times_power(means, -exponent_);
  const Vector squares = scaled.colwise().squaredNorm().transpose();
  constexpr double kFar = 1e60;  // as a square: what operator() brings to another unit first
  if (!(trace > 0) || !squares.allFinite() || (count > 0 && squares.maxCoeff() > kFar)) {
    for (Index j = 0; j < count; ++j) lengths(j) = (*this)(means.col(j));
    return lengths;
  }
  if (count == 0) return lengths;
  // The steps of operator(), for all columns in one unit.
  constexpr double kStep = 0.3, kReach = 60, kNothing = 36, kLinear = 2e-9;
  const double unit = 2 * trace;
  struct Step {
    double t, weight, half_log_determinant;
    Vector ratio, inverse;
  };
  std::vector<Step> steps;
  double linear = 0, saturated = 0;  // sums of weights: of t / t_1, and of 1
  const double most = (trace + squares.maxCoeff()) / unit;
  bool ended = false;
  for (double u = -kReach; u <= kReach; u += kStep) {
    const double weight = std::exp(-0.5 * u);
    if (std::exp(u) * most < kLinear) {
      linear += std::exp(0.5 * u);
      continue;
    }
    if (ended) {
      saturated += weight;
      continue;
    }
    Step step{std::exp(u) / unit, weight, 0, Vector(n), Vector(n)};
    double excess = 0;
    for (Index i = 0; i < n; ++i) {
      const double off = i > 0 ? 2 * step.t * beside_(i - 1) : 0.0, ratio = off / (1 + excess);
      excess = std::max(2 * step.t * diagonal_(i) - ratio * off, 0.0);
      step.half_log_determinant += 0.5 * std::log1p(excess);
      step.ratio(i) = ratio;
      step.inverse(i) = 1 / (1 + excess);
    }
    ended = step.half_log_determinant > kNothing;
    if (ended)
      saturated += weight;
    else
      steps.push_back(std::move(step));
  }
  constexpr Index kLanes = 32;
  using Lanes = Eigen::Array<double, kLanes, 1>;
  parallel_for((count + kLanes - 1) / kLanes, [&](Index part) {
    const Index first = part * kLanes, width = std::min(kLanes, count - first);
    Eigen::Matrix<double, kLanes, Eigen::Dynamic> m = Eigen::Matrix<double, kLanes, Eigen::Dynamic>::Zero(kLanes, n);
    m.topRows(width) = (basis_.transpose() * scaled.middleCols(first, width)).transpose();
    Lanes sums = Lanes::Zero();
    for (const Step& step : steps) {
      Lanes forward = Lanes::Zero(), form = Lanes::Zero();
      for (Index i = 0; i < n; ++i) {
        forward = m.col(i).array() - step.ratio(i) * forward;
        form += forward.square() * step.inverse(i);
      }
      for (Index j = 0; j < width; ++j)
        sums(j) -= step.weight * std::expm1(-step.half_log_determinant - step.t * form(j));
    }
    for (Index j = 0; j < width; ++j) {
      const double sum = sums(j) + saturated + linear * (trace + squares(first + j)) / unit;
      lengths(first + j) = std::ldexp(kStep * sum * std::sqrt(unit) / (2 * std::sqrt(std::numbers::pi)), exponent_);
    }
  });
  return lengths;
}

NoisyLengths::NoisyLengths(const Vector& noise) {
  // Deviations of 1e-125 of the unit add nothing, and their steps would leave the range of a double.
  const Vector told = (noise.array() < 1e-250).select(0.0, noise);
  std::vector<double> different(told.begin(), told.end());
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  levels_ = Vector::Map(different.data(), std::ssize(different));
  counts_ = Vector::Zero(levels_.size());
  for (const double variance : told) {
    const Index level = std::lower_bound(different.begin(), different.end(), variance) - different.begin();
    level_of_.push_back(level);
    counts_(level) += 1;
  }
}

Vector NoisyLengths::operator()(const Matrix& vectors) const {
  if (levels_.size() == 0 || levels_.maxCoeff() == 0) return vectors.colwise().norm().transpose();
  Matrix squares = Matrix::Zero(levels_.size(), vectors.cols());
  for (Index c = 0; c < vectors.cols(); ++c)
    for (Index i = 0; i < vectors.rows(); ++i)
      squares(level_of_[static_cast<std::size_t>(i)], c) += vectors(i, c) * vectors(i, c);
  const Vector mean_square = squares.colwise().sum().transpose().array() + levels_.dot(counts_);
  if (mean_square.size() == 0) return Vector();
  // Steps of log t that reach far enough around 1 / mean_square for every vector: what lies beyond is exp(-30) of the
  // whole.
  constexpr double kStep = 0.3, kReach = 60;
  const double first = -kReach - std::log(mean_square.maxCoeff());
  const Index steps = static_cast<Index>((kReach - std::log(mean_square.minCoeff()) - first) / kStep) + 1;
  const Vector t =
      Vector::NullaryExpr(steps, [&](Index k) { return std::exp(first + kStep * static_cast<double>(k)); });
  // 1 - |I + 2 t N|^(-1/2) exp(-t v' (I + 2 t N)^-1 v), with N = diag(noise).
  const Matrix growth = 2 * t * levels_.transpose();
  const Vector half_log_determinant = 0.5 * growth.array().log1p().matrix() * counts_;
  const Matrix weight = t.asDiagonal() * (1 + growth.array()).inverse().matrix();
  const Matrix form = weight * squares;
  const Vector root = t.cwiseSqrt().cwiseInverse();
  Vector lengths(vectors.cols());
  for (Index c = 0; c < vectors.cols(); ++c) {
    double sum = 0;
    for (Index k = 0; k < steps; ++k) sum -= std::expm1(-half_log_determinant(k) - form(k, c)) * root(k);
    lengths(c) = kStep * sum / (2 * std::sqrt(std::numbers::pi));
  }
  return lengths;
}

}  // namespace predcorr::metrics
