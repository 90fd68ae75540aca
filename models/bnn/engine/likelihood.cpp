// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/likelihood.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr::models {

float softplus(float v) { return std::max(v, 0.0f) + std::log1p(std::exp(-std::abs(v))); }
float softplus_slope(float v) { return 1 / (1 + std::exp(-v)); }

double noise_variance(float log_variance) { return std::exp(static_cast<double>(log_variance)) + kSmallestVariance; }

float log_variance_for(double variance) {
  return static_cast<float>(std::log(std::max(variance - kSmallestVariance, 1e-3 * kSmallestVariance)));
}

namespace {

/// Half the mean of precision * residual^2.
double weighted_squares(const MatrixF& outputs, const VectorF& y, float precision, MatrixF& output_gradient) {
  const auto b = static_cast<float>(y.size());
  const VectorF residual = outputs.row(0).head(y.size()).transpose() - y;
  output_gradient.setZero(outputs.rows(), outputs.cols());
  output_gradient.row(0).head(y.size()) = (precision / b) * residual.transpose();
  return 0.5 * static_cast<double>(precision * residual.squaredNorm() / b);
}

}  // namespace

NetworkLoss squared_loss(const MatrixF& outputs, const VectorF& y, MatrixF& output_gradient) {
  return {weighted_squares(outputs, y, 1, output_gradient)};
}

NetworkLoss gaussian_loss(const MatrixF& outputs, const VectorF& y, float log_variance, MatrixF& output_gradient) {
  const double variance = noise_variance(log_variance);
  const double squares = weighted_squares(outputs, y, static_cast<float>(1 / variance), output_gradient);
  const double share = 1 - kSmallestVariance / variance;  // d log v / d log_variance
  return {0.5 * std::log(variance) + squares, static_cast<float>((0.5 - squares) * share)};
}

NetworkLoss heteroscedastic_loss(const MatrixF& outputs, const VectorF& y, MatrixF& output_gradient) {
  const Index n = y.size();
  const auto b = static_cast<float>(n);
  // Whole arrays: their exponentials and logarithms are vectors'.
  const Eigen::ArrayXf raw = outputs.row(1).head(n).transpose();
  const Eigen::ArrayXf residual = outputs.row(0).head(n).transpose().array() - y.array();
  const Eigen::ArrayXf decay = (-raw.abs()).exp();  // below 1
  const Eigen::ArrayXf variance = raw.max(0.0f) + decay.log1p() + kSmallestVariance;
  const Eigen::ArrayXf softplus_slopes = (raw > 0).select(1 / (1 + decay), decay / (1 + decay));
  const Eigen::ArrayXf scaled = residual / variance;
  output_gradient.setZero(outputs.rows(), outputs.cols());
  output_gradient.row(0).head(n) = (scaled / b).matrix().transpose();
  output_gradient.row(1).head(n) =
      ((0.5f / b) * softplus_slopes * (1 / variance - scaled.square())).matrix().transpose();
  return {0.5 * static_cast<double>((variance.log() + residual * scaled).mean())};
}

}  // namespace predcorr::models
