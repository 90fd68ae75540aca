// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/functional_loss.hpp"

#include <cmath>

#include "models/bnn/marginal_kl.hpp"

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

}  // namespace predcorr::models
