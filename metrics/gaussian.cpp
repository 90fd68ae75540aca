// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"

#include <cmath>
#include <numbers>

#include "core/cholesky.hpp"
#include "core/error.hpp"

namespace predcorr::metrics {
namespace {

const double kLogTwoPi = std::log(2 * std::numbers::pi);

double dense_log_density(const Vector& residual, const JointPrediction& prediction) {
  const Cholesky factor(observed_covariance(prediction), 0);
  return -0.5 * (factor.whiten(residual).squaredNorm() + factor.log_determinant() +
                 static_cast<double>(residual.size()) * kLogTwoPi);
}

/// With D the diagonal and Z = D^-1/2 F: |D + F F'| = |D| |I + Z'Z|, and the quadratic form is
/// |D^-1/2 r|^2 - |L^-1 Z' D^-1/2 r|^2 with L L' = I + Z'Z.
double factor_log_density(const Vector& residual, const Covariance& latent, const Vector& diagonal) {
  const Vector root = diagonal.cwiseSqrt().cwiseInverse();
  const Matrix z = root.asDiagonal() * latent.factor_rows(0, latent.size());
  const Vector r = root.cwiseProduct(residual);
  Matrix inner = Matrix::Identity(z.cols(), z.cols());
  inner.selfadjointView<Eigen::Lower>().rankUpdate(z.transpose());
  const Cholesky factor(std::move(inner), 0);
  const double square = r.squaredNorm() - factor.whiten(z.transpose() * r).squaredNorm();
  return -0.5 * (square + diagonal.array().log().sum() + factor.log_determinant() +
                 static_cast<double>(residual.size()) * kLogTwoPi);
}

}  // namespace

double marginal_log_density(const Vector& y, const Vector& mean, const Vector& variance) {
  require((variance.array() > 0).all(), ErrorKind::numerical, "a predicted variance of y is 0");
  return -0.5 * ((y - mean).array().square() / variance.array() + variance.array().log() + kLogTwoPi).sum();
}

double joint_log_density(const Vector& y, const JointPrediction& p) {
  const Vector residual = y - p.mean;
  if (p.latent.is_factor() && p.latent.width() < p.size()) {
    Vector diagonal = p.noise_variance;
    if (p.latent.extra_diagonal().size() > 0) diagonal += p.latent.extra_diagonal();
    // Woodbury subtracts nearly equal numbers where the diagonal is tiny beside the factor; then the dense way is
    // safer.
    if (diagonal.minCoeff() > 1e-8 * p.latent.diagonal().maxCoeff())
      return factor_log_density(residual, p.latent, diagonal);
  }
  return dense_log_density(residual, p);
}

Matrix correlation_block(Matrix block, const Vector& row_variance, const Vector& col_variance) {
  const auto inverse_root = [](double v) { return v > 0 ? 1 / std::sqrt(v) : 0.0; };
  return row_variance.unaryExpr(inverse_root).asDiagonal() * block * col_variance.unaryExpr(inverse_root).asDiagonal();
}

Matrix correlation_matrix(const Matrix& covariance) {
  Matrix r = correlation_block(covariance, covariance.diagonal(), covariance.diagonal());
  r.diagonal().setOnes();
  return r;
}

Matrix observed_covariance(const JointPrediction& p) {
  Matrix c = p.latent.matrix();
  c.diagonal() += p.noise_variance;
  return c;
}

}  // namespace predcorr::metrics
