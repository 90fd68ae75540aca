// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "core/base/error.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

const double kLogTwoPi = std::log(2 * std::numbers::pi);

struct WhitenedResidual {
  double square, log_determinant;  // z' R^-1 z and log |R|
};
struct WhitenedResiduals {
  Vector squares;  // of each column of z
  double log_determinant;
};

WhitenedResidual dense_whitened(const Vector& z, const JointPrediction& p) {
  const Cholesky factor = regular_factor(correlation_matrix(observed_covariance(p)));
  return {factor.whiten(z).squaredNorm(), factor.log_determinant()};
}

WhitenedResiduals dense_whitened(const Matrix& z, const JointPrediction& p) {
  const Cholesky factor = regular_factor(correlation_matrix(observed_covariance(p)));
  Matrix rows = z.transpose();
  factor.whiten_rows_in_place(rows);
  return {rows.rowwise().squaredNorm(), factor.log_determinant()};
}

/// With D the diagonal and Z = D^-1/2 F: |D + F F'| = |D| |I + Z'Z|, and the quadratic form is
/// |D^-1/2 r|^2 - |L^-1 Z' D^-1/2 r|^2 with L L' = I + Z'Z. Here of y over its standard deviations.
struct Woodbury {
  Vector root;    // D^-1/2 times the standard deviations
  Matrix scaled;  // Z
  Cholesky factor;
  double log_determinant;

  Woodbury(const Covariance& latent, const Vector& diagonal, const Vector& variance)
      : root(diagonal.cwiseSqrt().cwiseInverse()),
        scaled(root.asDiagonal() * latent.factor_rows(0, latent.size())),
        factor(inner(scaled), 0),
        log_determinant((diagonal.array() / variance.array()).log().sum() + factor.log_determinant()) {
    root = root.cwiseProduct(variance.cwiseSqrt());
  }

  static Matrix inner(const Matrix& scaled) {
    Matrix gram = Matrix::Identity(scaled.cols(), scaled.cols());
    gram.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
    return gram;
  }

  WhitenedResidual operator()(const Vector& z) const {
    const Vector r = root.cwiseProduct(z);
    return {r.squaredNorm() - factor.whiten(scaled.transpose() * r).squaredNorm(), log_determinant};
  }

  WhitenedResiduals operator()(const Matrix& z) const {
    const Matrix r = root.asDiagonal() * z;
    Matrix rows = r.transpose() * scaled;
    factor.whiten_rows_in_place(rows);
    return {r.colwise().squaredNorm().transpose() - rows.rowwise().squaredNorm(), log_determinant};
  }
};

/// Noise and the factor's own diagonal where the covariance is to go by Woodbury's identity, else nothing. It subtracts
/// nearly equal numbers where the diagonal is tiny beside the factor; then the dense way is safer. What goes through
/// here is regular.
std::optional<Vector> woodbury_diagonal(const JointPrediction& p) {
  if (!p.latent.is_factor() || p.latent.width() >= p.size()) return std::nullopt;
  Vector diagonal = p.noise_variance;
  if (p.latent.extra_diagonal().size() > 0) diagonal += p.latent.extra_diagonal();
  if (diagonal.minCoeff() > 1e-8 * p.latent.diagonal().maxCoeff()) return diagonal;
  return std::nullopt;
}

Vector positive_variance(const JointPrediction& p) {
  Vector variance = held_variance(p);
  require((variance.array() > 0).all(), ErrorKind::numerical, "a predicted variance of y is 0");
  return variance;
}

}  // namespace

double singular_pivot(Index n) { return 10 * static_cast<double>(n) * std::numeric_limits<double>::epsilon(); }

Cholesky regular_factor(Matrix correlation) {
  const Index n = correlation.rows();
  std::optional<Cholesky> factor;
  try {
    factor.emplace(std::move(correlation), 0);
  } catch (const Error&) {  // a pivot is not even positive: told below
  }
  if (factor) {
    const auto lower = factor->lower();
    if (n == 0 || lower.nestedExpression().diagonal().minCoeff() > std::sqrt(singular_pivot(n)))
      return std::move(*factor);
  }
  fail(ErrorKind::numerical, "the predicted covariance of y is singular: of {} points some are settled by the others",
       n);
}

double marginal_log_density(const Vector& y, const Vector& mean, const Vector& variance) {
  require_held(variance, "y");
  require((variance.array() > 0).all(), ErrorKind::numerical, "a predicted variance of y is 0");
  return -0.5 * (squared_residuals(y, mean, variance).array() + variance.array().log() + kLogTwoPi).sum();
}

JointDensity joint_density(const Vector& y, const JointPrediction& p) {
  const Vector variance = positive_variance(p), z = (y - p.mean).cwiseQuotient(variance.cwiseSqrt());
  const std::optional<Vector> diagonal = woodbury_diagonal(p);
  const WhitenedResidual whitened = diagonal ? Woodbury(p.latent, *diagonal, variance)(z) : dense_whitened(z, p);
  JointDensity density;
  density.points = y.size();
  density.marginal = marginal_log_density(y, p.mean, variance);
  density.marginal_square = z.squaredNorm();
  density.whitened_square = whitened.square;
  density.log_determinant = variance.array().log().sum() + whitened.log_determinant;
  density.copula = -0.5 * (whitened.square + whitened.log_determinant - density.marginal_square);
  return density;
}

JointDensities joint_densities(const Matrix& y, const JointPrediction& p) {
  const Vector variance = positive_variance(p);
  const Matrix z = variance.cwiseSqrt().cwiseInverse().asDiagonal() * (y.colwise() - p.mean);
  const std::optional<Vector> diagonal = woodbury_diagonal(p);
  WhitenedResiduals whitened = diagonal ? Woodbury(p.latent, *diagonal, variance)(z) : dense_whitened(z, p);
  JointDensities all;
  all.marginal_square = z.colwise().squaredNorm().transpose();
  all.marginal = -0.5 * (all.marginal_square.array() + (variance.array().log() + kLogTwoPi).sum());
  all.copula = -0.5 * (whitened.squares.array() + whitened.log_determinant - all.marginal_square.array());
  all.whitened_square = std::move(whitened.squares);
  return all;
}

double joint_density_cost(const JointPrediction& p) {
  const double n = static_cast<double>(p.size()), s = static_cast<double>(p.latent.width());
  return woodbury_diagonal(p) ? n * s + 0.5 * s * s : 0.5 * n * n;
}

double joint_log_density(const Vector& y, const JointPrediction& prediction) {
  return joint_density(y, prediction).joint();
}

double kl_divergence(const JointPrediction& truth, const JointPrediction& model) {
  require(truth.size() == model.size(), ErrorKind::shape, "divergence: predictions of {} and {} points", truth.size(),
          model.size());
  const Vector true_variance = positive_variance(truth), variance = positive_variance(model);
  const Cholesky true_factor = regular_factor(correlation_matrix(observed_covariance(truth)));
  const Cholesky factor = regular_factor(correlation_matrix(observed_covariance(model)));
  // In units of the model's standard deviations.
  const Vector ratio = (true_variance.array() / variance.array()).sqrt();
  Matrix root = true_factor.lower();
  root = ratio.asDiagonal() * root;
  const Vector shift = (model.mean - truth.mean).cwiseQuotient(variance.cwiseSqrt());
  return 0.5 *
         (factor.whiten(root).squaredNorm() + factor.whiten(shift).squaredNorm() - static_cast<double>(truth.size()) +
          factor.log_determinant() - true_factor.log_determinant() - 2 * ratio.array().log().sum());
}

Matrix correlation_block(Matrix block, const Vector& row_variance, const Vector& col_variance) {
  const auto inverse_root = [](double v) { return v > 0 ? 1 / std::sqrt(v) : 0.0; };
  const Vector rows = row_variance.unaryExpr(inverse_root), cols = col_variance.unaryExpr(inverse_root);
  block = rows.asDiagonal() * block * cols.asDiagonal();
  return block;
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
