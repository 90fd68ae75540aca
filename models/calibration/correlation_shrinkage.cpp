// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/correlation_shrinkage.hpp"

#include <Eigen/Eigenvalues>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/parallel.hpp"

namespace predcorr::models {
namespace {

constexpr double kSingular = 1e-10;  // an eigenvalue of R below is rounding
constexpr int kGrid = 50;

/// All groups' eigenvalues and squared coordinates of r along the eigenvectors.
struct Spectrum {
  Vector value, square;

  /// Mean log density.
  double operator()(double gamma) const {
    const Vector variance = (gamma * value.array() + (1 - gamma)).matrix();
    if (variance.minCoeff() <= kSingular) return -std::numeric_limits<double>::infinity();
    return -0.5 *
           ((variance.array().log() + square.array() / variance.array()).mean() + std::log(2 * std::numbers::pi));
  }
};

}  // namespace

StandardisedGroup standardised_group(const JointPrediction& p, const Vector& residual) {
  const Vector variance = p.observed_variance();
  Rows rows;
  for (Index i = 0; i < variance.size(); ++i)
    if (variance(i) > 0) rows.push_back(i);
  const Vector inverse = variance(rows).cwiseSqrt().cwiseInverse();
  StandardisedGroup group{p.latent.block(rows, rows), residual(rows).cwiseProduct(inverse)};
  group.correlation = inverse.asDiagonal() * group.correlation * inverse.asDiagonal();
  group.correlation.diagonal().setOnes();
  return group;
}

CorrelationShrinkage fit_correlation_shrinkage(const std::vector<StandardisedGroup>& groups) {
  std::vector<const StandardisedGroup*> used;
  std::vector<Index> starts;
  CorrelationShrinkage found;
  for (const StandardisedGroup& group : groups) {
    if (group.r.size() < 2) continue;
    used.push_back(&group);
    starts.push_back(found.rows);
    found.rows += group.r.size();
  }
  if (used.empty()) return found;
  Spectrum spectrum{Vector(found.rows), Vector(found.rows)};
  parallel_for(std::ssize(used), [&](Index g) {
    const StandardisedGroup& group = *used[static_cast<std::size_t>(g)];
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(group.correlation);
    const Index start = starts[static_cast<std::size_t>(g)], n = group.r.size();
    spectrum.value.segment(start, n) = solver.eigenvalues().cwiseMax(0);
    spectrum.square.segment(start, n) = (solver.eigenvectors().transpose() * group.r).cwiseAbs2();
  });
  found.independent = spectrum(0);
  found.kept = found.log_likelihood = spectrum(1);
  const auto consider = [&](double gamma, double value) {
    if (value > found.log_likelihood) {
      found.log_likelihood = value;
      found.gamma = gamma;
    }
  };
  consider(0, found.independent);
  double peak = 0, best = found.independent;
  for (int k = 1; k < kGrid; ++k) {
    const double gamma = static_cast<double>(k) / kGrid, value = spectrum(gamma);
    consider(gamma, value);
    if (value > best) {
      best = value;
      peak = gamma;
    }
  }
  // Both neighbours of the grid's best, or of 1 where that is better; just short of 1 every matrix is regular.
  if (found.gamma == 1) peak = 1;
  const double low = std::max(peak - 1.0 / kGrid, 0.0), high = std::min(peak + 1.0 / kGrid, 1 - 1e-9);
  const auto [gamma, negative] = boost::math::tools::brent_find_minima([&](double at) { return -spectrum(at); }, low,
                                                                       high, std::numeric_limits<double>::digits / 2);
  consider(gamma, -negative);
  return found;
}

}  // namespace predcorr::models
