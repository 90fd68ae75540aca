// SPDX-License-Identifier: Apache-2.0
#include "models/linear/linear_evidence.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "core/base/error.hpp"

namespace predcorr::models {
namespace {

using Eigen::ArrayXd;

Eigen::SelfAdjointEigenSolver<Matrix> decomposed(const Matrix& c) {
  require(c.allFinite(), ErrorKind::numerical, "eigendecomposition: the {} x {} matrix is not finite", c.rows(),
          c.cols());
  Eigen::SelfAdjointEigenSolver<Matrix> solver(c);
  require(solver.info() == Eigen::Success, ErrorKind::numerical,
          "eigendecomposition: no convergence for a {} x {} matrix; leave out inputs that repeat others", c.rows(),
          c.cols());
  return solver;
}

struct Slope {
  double value, derivative;
};

/// Where f is largest on [low, high]: of a grid first, for it may have several peaks, then where its derivative changes
/// sign beside the best of these.
double peak(double low, double high, const std::function<Slope(double)>& f) {
  constexpr int kSteps = 80;
  const auto at = [&](int i) { return low + (high - low) * i / kSteps; };
  int best = 0;
  double largest = f(low).value;
  for (int i = 1; i <= kSteps; ++i)
    if (const double value = f(at(i)).value; value > largest) {
      largest = value;
      best = i;
    }
  const bool uphill = f(at(best)).derivative > 0;
  double left = at(uphill ? best : std::max(best - 1, 0)), right = at(uphill ? std::min(best + 1, kSteps) : best);
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (left + right);
    (f(middle).derivative > 0 ? left : right) = middle;
  }
  const double found = 0.5 * (left + right);
  return f(found).value >= largest ? found : at(best);
}

}  // namespace

double EigenTargets::log_likelihood(double signal, double noise) const {
  const ArrayXd variance = signal * eigenvalues.array() + noise;
  const double n = static_cast<double>(count()), rest = static_cast<double>(others);
  return -0.5 * (n * std::log(2 * std::numbers::pi) + variance.log().sum() + rest * std::log(noise) +
                 (squares.array() / variance).sum() + other_square / noise);
}

Eigensystem eigensystem(const Matrix& c, const Vector& y) {
  const auto solver = decomposed(c);
  Eigensystem system;
  system.vectors = solver.eigenvectors();
  system.targets.eigenvalues = solver.eigenvalues().cwiseMax(0);
  system.targets.squares = (system.vectors.transpose() * y).cwiseAbs2();
  return system;
}

VarianceComponents most_likely_variances(const EigenTargets& t, double smallest_noise) {
  require(smallest_noise > 0, ErrorKind::config, "evidence: the smallest noise variance must be above 0, got {}",
          smallest_noise);
  const double n = static_cast<double>(t.count()), rest = static_cast<double>(t.others);
  const double largest = t.eigenvalues.size() > 0 ? t.eigenvalues.maxCoeff() : 0;
  if (largest <= 0) {  // all is noise
    const double noise = std::max(t.total_square() / n, smallest_noise);
    return {smallest_noise, noise, t.log_likelihood(smallest_noise, noise)};
  }
  const double low = std::log(1e-10 * largest), high = std::log(1e10 * largest);
  const ArrayXd l = t.eigenvalues, c = t.squares;
  // For a ratio r = s / v the best v is the mean of y's squares over l + r.
  const auto best_signal = [&](double ratio) { return ((c / (l + ratio)).sum() + t.other_square / ratio) / n; };
  const auto profile = [&](double log_ratio) -> Slope {
    const double r = std::exp(log_ratio), v = best_signal(r);
    const double by_ratio = -((c / (l + r).square()).sum() + t.other_square / (r * r)) / n;
    return {-0.5 * (n * std::log(v) + (l + r).log().sum() + rest * log_ratio),
            -0.5 * (n * by_ratio * r / v + (r / (l + r)).sum() + rest)};
  };
  const auto noise_at = [&](double log_ratio) { return std::exp(log_ratio) * best_signal(std::exp(log_ratio)); };
  VarianceComponents best{0, 0, -std::numeric_limits<double>::infinity()};
  const auto consider = [&](double signal, double noise) {
    const double value = t.log_likelihood(signal, noise);
    if (value > best.log_likelihood) best = {signal, noise, value};
  };
  // That noise grows with the ratio: below some ratio it is less than allowed.
  double first = low;
  if (noise_at(low) < smallest_noise) {
    double below = low, above = high;
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (below + above);
      (noise_at(middle) < smallest_noise ? below : above) = middle;
    }
    first = above;
  }
  if (noise_at(high) >= smallest_noise) {
    const double at = peak(first, high, profile);
    consider(best_signal(std::exp(at)), std::max(noise_at(at), smallest_noise));
  }
  if (first > low) {  // the noise at its bound, the signal alone to be found
    const auto bounded = [&](double log_signal) -> Slope {
      const ArrayXd signal = std::exp(log_signal) * l, variance = signal + smallest_noise;
      return {-0.5 * (variance.log() + c / variance).sum(), -0.5 * (signal / variance * (1 - c / variance)).sum()};
    };
    // Up to where the ratio is the smallest of all; above, the signal only grows past every square.
    const double unit = smallest_noise / largest;
    const double most = std::max(t.total_square(), smallest_noise) / smallest_noise;
    consider(std::exp(peak(std::log(1e-10 * unit), std::log(1e10 * unit * most), bounded)), smallest_noise);
  }
  require(std::isfinite(best.log_likelihood), ErrorKind::numerical,
          "evidence: no signal and noise variance has a finite likelihood; largest eigenvalue {}, mean square {}",
          largest, t.total_square() / n);
  return best;
}

LinearPosterior::LinearPosterior(const Matrix& features, const Vector& targets, double smallest_noise) {
  const Index n = features.rows(), p = features.cols();
  EigenTargets along;
  if (p <= n) {
    const auto solver = decomposed(features.transpose() * features);
    const Matrix& v = solver.eigenvectors();
    const Vector projected = v.transpose() * (features.transpose() * targets);  // sqrt(l_i) u_i'y
    // Directions that the rows do not have are rounding; they belong to the rest.
    const double rounding = 1e-14 * static_cast<double>(p) * std::max(solver.eigenvalues().maxCoeff(), 0.0);
    const Vector l = solver.eigenvalues().unaryExpr([&](double e) { return e > rounding ? e : 0.0; });
    along.eigenvalues = l;
    along.squares = (l.array() > 0).select(projected.array().square() / l.array(), 0.0);
    along.others = n - p;
    along.other_square = std::max(targets.squaredNorm() - along.squares.sum(), 0.0);
    variances_ = most_likely_variances(along, smallest_noise);
    const double ratio = variances_.noise / variances_.signal;
    mean_ = v * (projected.array() / (l.array() + ratio)).matrix();
    directions_ = v.transpose();
    shrinkage_ = 1 - (ratio / (l.array() + ratio)).sqrt();
    effective_parameters_ = (l.array() / (l.array() + ratio)).sum();
    return;
  }
  Eigensystem system = eigensystem(features * features.transpose(), targets);
  variances_ = most_likely_variances(system.targets, smallest_noise);
  const ArrayXd l = system.targets.eigenvalues;
  const double ratio = variances_.noise / variances_.signal;
  directions_ = system.vectors.transpose() * features;  // sqrt(l_i) times a unit vector each
  mean_ = directions_.transpose() * ((system.vectors.transpose() * targets).array() / (l + ratio)).matrix();
  shrinkage_ = 1 / ((l + ratio) * (1 + (ratio / (l + ratio)).sqrt()));
  effective_parameters_ = (l / (l + ratio)).sum();
}

JointPrediction LinearPosterior::predict(const Matrix& features) const {
  require(features.cols() == mean_.size(), ErrorKind::shape, "linear regression on {} features was given {}",
          mean_.size(), features.cols());
  JointPrediction prediction;
  prediction.mean = features * mean_;
  const Matrix along = (features * directions_.transpose()) * shrinkage_.asDiagonal();
  RowMatrix root = std::sqrt(variances_.signal) * (features - along * directions_);
  prediction.latent = Covariance::from_factor(std::move(root));
  prediction.noise_variance = Vector::Constant(features.rows(), variances_.noise);
  return prediction;
}

}  // namespace predcorr::models
