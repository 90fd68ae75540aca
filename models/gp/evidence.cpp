// SPDX-License-Identifier: Apache-2.0
#include "models/gp/evidence.hpp"

#include <cmath>
#include <numbers>

#include "core/cholesky.hpp"
#include "core/kernel.hpp"

namespace predcorr::models {

Vector RbfHyperParameters::packed() const {
  Vector all(log_length_scales.size() + 2);
  all << log_variance, log_length_scales, log_noise_variance;
  return all;
}

RbfHyperParameters RbfHyperParameters::unpacked(const Eigen::Ref<const Vector>& packed) {
  const Index d = packed.size() - 2;
  return {packed(0), packed.segment(1, d), packed(d + 1)};
}

Evidence rbf_evidence(const Matrix& x, const Vector& y, const RbfHyperParameters& parameters) {
  const Index n = x.rows(), d = x.cols();
  const double variance = std::exp(parameters.log_variance), noise = std::exp(parameters.log_noise_variance);
  const Vector scales = parameters.log_length_scales.array().exp();
  const Matrix latent = variance * (scaled_squared_distances(x, x, scales).array() * -0.5).exp();
  Matrix observed = latent;
  observed.diagonal().array() += noise;
  const Cholesky factor(std::move(observed));
  const Vector a = factor.solve(y);

  Evidence evidence;
  evidence.jitter = factor.jitter();
  evidence.log_likelihood =
      -0.5 * (y.dot(a) + factor.log_determinant() + static_cast<double>(n) * std::log(2 * std::numbers::pi));

  // weight = a a' - K^-1; then every derivative is half the sum of weight times dK.
  Matrix weight = a * a.transpose() - factor.solve(Matrix::Identity(n, n));
  evidence.gradient.resize(d + 2);
  evidence.gradient(d + 1) = 0.5 * noise * weight.trace();
  weight.array() *= latent.array();
  evidence.gradient(0) = 0.5 * weight.sum();
  // sum_ij w_ij (x_i - x_j)^2 = 2 (sum_i x_i^2 sum_j w_ij - x' W x), column by column.
  const Matrix z = x * scales.cwiseInverse().asDiagonal();
  const Vector row_sums = weight.rowwise().sum();
  const Matrix wz = weight * z;
  for (Index j = 0; j < d; ++j)
    evidence.gradient(1 + j) = z.col(j).array().square().matrix().dot(row_sums) - z.col(j).dot(wz.col(j));
  return evidence;
}

}  // namespace predcorr::models
