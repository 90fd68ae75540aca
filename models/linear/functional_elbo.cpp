// SPDX-License-Identifier: Apache-2.0
#include "models/linear/functional_elbo.hpp"

#include <cmath>

#include "core/linalg/cholesky.hpp"

namespace predcorr::models {

double FunctionalLoss::at(const Vector& parameters, const Matrix& points, const Vector& targets, Vector& gradient) {
  const Index b = targets.size(), size = process_.parameter_count();
  const double rows = static_cast<double>(b), log_noise = parameters(size), precision = std::exp(-log_noise);
  process_.at(parameters, points, f_);
  MarginalKl kl = marginal_kl(f_.mean, f_.factor, prior_->cross(points, points), jitter_);
  Vector by_mean = kl_share_ * kl.by_mean;
  Matrix by_factor = kl_share_ * kl.by_factor;

  // E[(y - f)^2] = (y - mean)^2 + variance
  const Vector residual = f_.mean.head(b) - targets;
  const double squares = precision * (residual.squaredNorm() + f_.factor.topRows(b).squaredNorm()) / rows;
  by_mean.head(b) += (precision / rows) * residual;
  by_factor.topRows(b) += (precision / rows) * f_.factor.topRows(b);
  gradient.resize(size + 1);
  process_.gradient(parameters, f_, by_mean, by_factor, gradient.head(size));
  gradient(size) = 0.5 * (1 - squares);
  return 0.5 * (log_noise + squares) + kl_share_ * kl.value;
}

MarginalKl marginal_kl(const Vector& mean, const Matrix& factor, Matrix prior, double jitter) {
  const Index n = mean.size();
  prior.diagonal().array() += jitter;
  Matrix covariance = Matrix::Zero(n, n);
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(factor);
  covariance.diagonal().array() += jitter;
  const Cholesky p(std::move(prior)), q(std::move(covariance));
  MarginalKl kl;
  kl.by_mean = p.solve(mean);
  kl.by_factor = p.solve(factor);
  // tr((C + jI)^-1 (F F' + jI)) = <F, (C + jI)^-1 F> + j tr (C + jI)^-1
  const double trace =
      kl.by_factor.cwiseProduct(factor).sum() + jitter * p.whiten(Matrix::Identity(n, n)).squaredNorm();
  kl.value = 0.5 * (trace + mean.dot(kl.by_mean) - static_cast<double>(n) + p.log_determinant() - q.log_determinant());
  kl.by_factor -= q.solve(factor);
  return kl;
}

}  // namespace predcorr::models
