// SPDX-License-Identifier: Apache-2.0
#include "models/gp/collapsed_bound.hpp"

#include <cmath>
#include <numbers>

#include "core/base/parallel.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr::models {
namespace {

/// a b' as a new matrix.
Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c = Matrix::Zero(a.rows(), b.rows());
  subtract_product(a, b, c);
  return -c;
}

}  // namespace

Cholesky inducing_factor(const Kernel& kernel, const Matrix& inducing) {
  Matrix k = gram_in_tiles(kernel, inducing);
  k.diagonal().array() += kInducingJitter * k.diagonal().mean();
  return Cholesky(std::move(k));
}

// With L L' = Kuu, A = L^-1 Kuf D^-1/2, B = I + A A', b = Kuu^-1 Kuf (Q + D)^-1 y = L^-T B^-1 A D^-1/2 y and
// a = (Q + D)^-1 y, the bound's derivatives with respect to the entries of the kernel matrices are
//   Kuf: b a' + L^-T (I - B^-1) A D^-1/2      Kuu: -1/2 (b b' + L^-T (B - 2 I + B^-1) L^-1)
//   diag Kff: -1/2 D^-1                       D: 1/2 (a^2 - diag (Q + D)^-1 + D^-2 diag(K - Q)).
CollapsedBound::Value CollapsedBound::at(const Kernel& kernel, const Matrix& inducing, bool with_gradient,
                                         bool by_inducing) const {
  const Index n = x_.rows(), m = inducing.rows();
  const Vector noise = kernel.white_noise(x_), prior = kernel.diagonal(x_);
  require(noise.minCoeff() > 0, ErrorKind::numerical, "sparse GP: the noise variance must be above 0");
  const Vector root_precision = noise.cwiseSqrt().cwiseInverse(), scaled_y = y_.cwiseProduct(root_precision);
  const Cholesky kuu = inducing_factor(kernel, inducing);

  Matrix rows = cross_in_tiles(kernel, x_, inducing);  // A', n x m
  kuu.whiten_rows_in_place(rows);
  rows.array().colwise() *= root_precision.array();
  Matrix negative_b = -Matrix::Identity(m, m);
  subtract_gram(rows.transpose().eval(), negative_b);
  const Matrix b_matrix = -negative_b;
  const Cholesky factor_b(b_matrix, 0);
  const Vector c = factor_b.whiten(rows.transpose() * scaled_y);
  const Vector explained = rows.rowwise().squaredNorm();  // diag Q / D

  Value value;
  value.bound = -0.5 * (static_cast<double>(n) * std::log(2 * std::numbers::pi) + factor_b.log_determinant() +
                        noise.array().log().sum() + scaled_y.squaredNorm() - c.squaredNorm() +
                        prior.cwiseQuotient(noise).sum() - explained.sum());
  if (!with_gradient) return value;

  const Matrix l_inverse = kuu.whiten(Matrix::Identity(m, m)), b_inverse = factor_b.solve(Matrix::Identity(m, m));
  const Vector b = kuu.unwhiten(factor_b.unwhiten(c));
  // (I - B^-1) L^-1, and its rows against those of A' D^-1/2.
  const Matrix difference = Matrix::Identity(m, m) - b_inverse;
  const Matrix spread = product(difference, l_inverse.transpose()).transpose();

  const Index parameters = std::ssize(kernel.log_parameters());
  Matrix gradients = Matrix::Zero(parameters, tile_count(n));
  std::vector<Matrix> by_z(static_cast<std::size_t>(by_inducing ? tile_count(n) : 0), Matrix::Zero(m, x_.cols()));
  Vector by_noise(n);
  parallel_for(tile_count(n), [&](Index t) {
    const auto [row, count] = tile_range(t, n);
    const auto precision = root_precision.segment(row, count).array().square();
    const Matrix points = x_.middleRows(row, count), k = kernel.cross(points, inducing);
    Matrix weight = product(root_precision.segment(row, count).asDiagonal() * rows.middleRows(row, count), spread);
    const Eigen::ArrayXd shrunk = weight.cwiseProduct(k).rowwise().sum().array();  // diag A' (I - B^-1) A
    const Vector a = precision * (y_.segment(row, count) - k * b).array();
    weight += a * b.transpose();
    by_noise.segment(row, count) =
        0.5 * (a.array().square() - precision * (1 - explained.segment(row, count).array() + shrunk) +
               precision * (prior.segment(row, count).array() * precision - explained.segment(row, count).array()));
    kernel.add_cross_gradient(points, inducing, weight, gradients.col(t),
                              by_inducing ? &by_z[static_cast<std::size_t>(t)] : nullptr);
  });
  value.gradient = gradients.rowwise().sum();
  kernel.add_diagonal_gradient(x_, -0.5 * noise.cwiseInverse(), value.gradient);
  kernel.add_white_noise_gradient(x_, by_noise, value.gradient);

  const Matrix middle = b_matrix + b_inverse - 2 * Matrix::Identity(m, m);
  const Matrix l_inverse_t = l_inverse.transpose();
  Matrix by_kuu = product(product(l_inverse_t, middle), l_inverse_t);
  by_kuu = -0.5 * (by_kuu + b * b.transpose());
  by_kuu.diagonal().array() += kInducingJitter * by_kuu.trace() / static_cast<double>(m);  // by way of the jitter
  Matrix by_z_uu = Matrix::Zero(m, x_.cols());
  kernel.add_cross_gradient(inducing, inducing, by_kuu, value.gradient, by_inducing ? &by_z_uu : nullptr);
  if (by_inducing) {
    value.by_inducing = 2 * by_z_uu;  // Kuu depends on a point by its row and by its column
    for (const Matrix& part : by_z) value.by_inducing += part;
  }
  return value;
}

}  // namespace predcorr::models
