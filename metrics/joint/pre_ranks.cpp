// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/pre_ranks.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>
#include <vector>

#include "metrics/gaussian.hpp"
#include "metrics/marginal/residuals.hpp"

namespace predcorr::metrics {
namespace {

/// L, lower triangular, with L L' = R; a point that those before it settle has a column of zeros.
Matrix semidefinite_root(const Matrix& r) {
  const Index d = r.rows();
  Matrix root = Matrix::Zero(d, d);
  for (Index j = 0; j < d; ++j) {
    const double pivot = r(j, j) - root.row(j).head(j).squaredNorm();
    if (pivot <= singular_pivot(d)) continue;
    root(j, j) = std::sqrt(pivot);
    for (Index i = j + 1; i < d; ++i)
      root(i, j) = (r(i, j) - root.row(i).head(j).dot(root.row(j).head(j))) / root(j, j);
  }
  return root;
}

/// P(sum_k weight_k chi^2_1 <= 0), independent: 1/2 - (1 / pi) int_0^inf sin(sum_k atan(weight_k u) / 2) / (u prod_k
/// (1 + weight_k^2 u^2)^(1/4)) du, in steps of log u.  @param weights the largest 1 in absolute value
double probability_of_no_more_than_zero(const Vector& weights) {
  constexpr double kStep = 0.25;
  constexpr int kFirst = -160, kLast = 320;  // the integrand falls off as u below, at least as u^(-1/2) above
  double sum = 0;
  for (int step = kFirst; step <= kLast; ++step) {
    const double u = std::exp(kStep * step);
    double angle = 0, damping = 0;
    for (const double weight : weights) {
      const double x = weight * u;
      angle += std::atan(x);
      damping += std::log1p(x * x);
    }
    sum += std::sin(0.5 * angle) * std::exp(-0.25 * damping);
  }
  return std::clamp(0.5 - kStep * sum / std::numbers::pi, 0.0, 1.0);
}

}  // namespace

double highest_density_pit(const Vector& z, const Matrix& correlation) {
  const double square = regular_factor(correlation).whiten(z).squaredNorm();
  constexpr double kSurelyOut = 1e6;  // the probability is 0 in a double long before, at any d that has a group
  return boost::math::gamma_q(0.5 * static_cast<double>(z.size()), 0.5 * std::min(square, kSurelyOut));
}

double principal_component_pit(const Vector& z, const Vector& deviation, const Matrix& correlation) {
  const Vector d = deviation / deviation.maxCoeff();
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(d.asDiagonal() * correlation * d.asDiagonal());
  const Index last = z.size() - 1;
  Vector v = solver.eigenvectors().col(last);
  const double largest = v.cwiseAbs().maxCoeff();
  for (const double component : v)
    if (std::abs(component) >= (1 - 1e-6) * largest) {
      if (component < 0) v = -v;
      break;
    }
  return normal_cdf(v.dot(d.cwiseProduct(z)) / std::sqrt(solver.eigenvalues()(last)));
}

std::optional<double> dependence_pit(const Vector& z, const Matrix& correlation) {
  const double largest = z.cwiseAbs().maxCoeff();
  if (!(largest > 0)) return std::nullopt;
  const Vector near_one = z / largest;
  const Index d = z.size();
  const double sum = near_one.sum(), c = sum * sum / near_one.squaredNorm();
  const Matrix root = semidefinite_root(correlation), form = Matrix::Ones(d, d) - c * Matrix::Identity(d, d);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(root.transpose() * form * root, Eigen::EigenvaluesOnly);
  const double scale = solver.eigenvalues().cwiseAbs().maxCoeff();
  if (scale <= static_cast<double>(d) * singular_pivot(d)) return std::nullopt;
  return probability_of_no_more_than_zero(solver.eigenvalues() / scale);
}

double copula_pit(const Vector& z, const Matrix& correlation, Index draws, Stream stream) {
  const Index d = z.size();
  const Matrix root = semidefinite_root(correlation);
  Matrix pool(d, draws + 1);
  pool.col(0) = z;
  for (Index draw = 1; draw <= draws; ++draw) pool.col(draw) = root * stream.normals(d);
  const auto rank = [&](Index of) {
    Index count = 0;
    for (Index other = 0; other <= draws; ++other) {
      Index i = 0;
      while (i < d && pool(i, other) <= pool(i, of)) ++i;
      count += i == d ? 1 : 0;
    }
    return count;
  };
  const Index own = rank(0);
  double below = 0, equal = 0;
  for (Index draw = 1; draw <= draws; ++draw) {
    const Index other = rank(draw);
    below += other < own ? 1 : 0;
    equal += other == own ? 1 : 0;
  }
  return (below + stream.uniform() * (equal + 1)) / static_cast<double>(draws + 1);
}

}  // namespace predcorr::metrics
