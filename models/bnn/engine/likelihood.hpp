// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// Smallest variance a network may give, in squared training units.
constexpr float kSmallestVariance = 1e-6f;

/// The noise variance that the parameter `log_variance` stands for: e^log_variance, and kSmallestVariance more.
double noise_variance(float log_variance);

/// Its inverse, for a noise that is given; variances up to kSmallestVariance count as barely more than that.
float log_variance_for(double variance);

/// softplus(v) = log(1 + e^v), without overflow, and its derivative.
float softplus(float v);
float softplus_slope(float v);

/// -log N(y; f, v) without its constant, averaged over a batch.
struct NetworkLoss {
  double value = 0;
  float by_log_variance = 0;  ///< its gradient by `log_variance`, where there is one
};

/// One noise variance for all: f is the first output.
/// @param outputs as Network::forward leaves them  @param y rows of the batch
/// @param output_gradient written: gradient of the mean loss by the outputs, zero in the padding
NetworkLoss gaussian_loss(const MatrixF& outputs, const VectorF& y, float log_variance, MatrixF& output_gradient);

/// A noise variance for each row: softplus of the second output, and kSmallestVariance more.
NetworkLoss heteroscedastic_loss(const MatrixF& outputs, const VectorF& y, MatrixF& output_gradient);

/// Half the mean squared error.
NetworkLoss squared_loss(const MatrixF& outputs, const VectorF& y, MatrixF& output_gradient);

}  // namespace predcorr::models
