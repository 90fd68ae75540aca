// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/grouped_draws.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/linalg/inverse_factor.hpp"
#include "core/linalg/tiles.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/points/point_groups.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

constexpr Index kFewPoints = 1000;  // whose correlations are made once for all groups
constexpr Index kGroupsAtOnce = 8;  // of one task
constexpr Index kInversesAtOnce = 32;

/// A^-1 of a factor, whole.
Matrix inverse_of(Cholesky&& factor) {
  const Index n = factor.size();
  const InverseFactor inverse(std::move(factor));
  Matrix a = Matrix::Zero(n, n);
  for (Index i = 0; i < tile_count(n); ++i)
    for (Index j = 0; j <= i; ++j) {
      const auto [row, height] = tile_range(i, n);
      const auto [col, width] = tile_range(j, n);
      inverse.subtract_tile(i, j, a.block(row, col, height, width));
    }
  mirror_lower(a);
  return -a;
}

}  // namespace

GroupedDraws::GroupedDraws(const JointPrediction& prediction, const Matrix& y)
    : prediction_(prediction), variance_(held_variance(prediction)) {
  require((variance_.array() > 0).all(), ErrorKind::numerical, "a predicted variance of y is 0");
  z_ = variance_.cwiseSqrt().cwiseInverse().asDiagonal() * (y.colwise() - prediction.mean);
  if (prediction.size() <= kFewPoints) whole_ = correlation_matrix(observed_covariance(prediction));
}

Matrix GroupedDraws::correlations(const Rows& rows) const {
  if (whole_.size() > 0) return whole_(rows, rows);
  return correlation_matrix(observed_covariance(observations_at(prediction_, rows)));
}

Matrix GroupedDraws::means(const std::vector<Rows>& groups) const {
  const Index n = z_.rows(), size = std::ssize(groups.front());
  Vector counts = Vector::Zero(n), forms = Vector::Zero(z_.cols());
  for (const Rows& group : groups) counts(group).array() += 1;
  const bool is_dense = whole_.size() > 0 && std::ssize(groups) * size * size >= n * n;
  const double log_determinants = is_dense ? add_to_form(groups, forms) : add_by_group(groups, forms);
  const Vector squares = z_.cwiseAbs2().transpose() * counts;
  const double constant = counts.dot((variance_.array().log() + std::log(2 * std::numbers::pi)).matrix());
  const double points = static_cast<double>(size) * static_cast<double>(groups.size());
  const Vector copula = -0.5 / points * (forms.array() + log_determinants - squares.array());
  Matrix all(2, z_.cols());
  all.row(0) = (copula.array() - 0.5 / points * (squares.array() + constant)).matrix().transpose();
  all.row(1) = copula.transpose();
  return all;
}

/// Through Q, to which inverses are added in order: the same bits on any number of threads.
double GroupedDraws::add_to_form(const std::vector<Rows>& groups, Vector& forms) const {
  const Index n = z_.rows(), count = std::ssize(groups);
  Vector log_determinants(count);
  Matrix q = Matrix::Zero(n, n);
  for (Index first = 0; first < count; first += kInversesAtOnce) {
    const Index some = std::min(kInversesAtOnce, count - first);
    std::vector<Matrix> inverses(static_cast<std::size_t>(some));
    parallel_for(some, [&](Index g) {
      Cholesky factor = regular_factor(correlations(groups[static_cast<std::size_t>(first + g)]));
      log_determinants(first + g) = factor.log_determinant();
      inverses[static_cast<std::size_t>(g)] = inverse_of(std::move(factor));
    });
    for (Index g = 0; g < some; ++g) {
      const Rows& rows = groups[static_cast<std::size_t>(first + g)];
      const Matrix& inverse = inverses[static_cast<std::size_t>(g)];
      for (std::size_t b = 0; b < rows.size(); ++b)
        for (std::size_t a = 0; a < rows.size(); ++a)
          q(rows[a], rows[b]) += inverse(static_cast<Index>(a), static_cast<Index>(b));
    }
  }
  Matrix product = Matrix::Zero(n, z_.cols());
  subtract_product(q, z_.transpose(), product);
  forms -= product.cwiseProduct(z_).colwise().sum().transpose();
  return log_determinants.sum();
}

double GroupedDraws::add_by_group(const std::vector<Rows>& groups, Vector& forms) const {
  const Index count = std::ssize(groups), tasks = (count + kGroupsAtOnce - 1) / kGroupsAtOnce;
  Vector log_determinants = Vector::Zero(tasks);
  Matrix sums = Matrix::Zero(z_.cols(), tasks);
  parallel_for(tasks, [&](Index task) {
    for (Index g = task * kGroupsAtOnce; g < std::min(count, (task + 1) * kGroupsAtOnce); ++g) {
      const Rows& rows = groups[static_cast<std::size_t>(g)];
      const Cholesky factor = regular_factor(correlations(rows));
      log_determinants(task) += factor.log_determinant();
      sums.col(task) += factor.lower().solve(Matrix(z_(rows, Eigen::all))).colwise().squaredNorm().transpose();
    }
  });
  forms += sums.rowwise().sum();
  return log_determinants.sum();
}

}  // namespace predcorr::metrics
