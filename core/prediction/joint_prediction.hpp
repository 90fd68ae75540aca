// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prediction/covariance.hpp"

namespace predcorr {

/// What a model believes about n query points together: y ~ N(mean, latent + diag(noise_variance)).
/// Latent is the covariance of the noise-free function f; noise is the variance of y given f.
struct JointPrediction {
  Vector mean;            ///< n, target units
  Covariance latent;      ///< n x n, target units squared
  Vector noise_variance;  ///< n, target units squared, not negative

  Index size() const { return mean.size(); }

  /// Variances of y: n.
  Vector observed_variance() const { return latent.diagonal() + noise_variance; }

  /// The prediction of some of the points.
  JointPrediction subset(const Rows& rows) const;

  /// What is believed of `shift + scale * y`. @param scale not zero
  JointPrediction affine(double scale, double shift) const;

  /// The same means and correlations of y (and of f), with y's standard deviations times `factors`:
  /// latent_ij s_i s_j, noise_i s_i^2.  @param factors s: n, not negative  @throws Error (shape)
  JointPrediction with_deviations_times(const Vector& factors) const;
};

/// The joint prediction that function samples stand for: their mean and F = (samples - mean)' / sqrt(s - 1).
/// The study divides by s; s - 1 makes the covariance unbiased.
/// @param samples s x n: s function draws at n points, s >= 2.  @throws Error (shape) if s < 2
JointPrediction from_samples(const Eigen::Ref<const MatrixF>& samples, Vector noise_variance);
JointPrediction from_samples(const Eigen::Ref<const Matrix>& samples, Vector noise_variance);

/// The same in place, for values that are already points x draws: they become the factor.
/// @param values n x s, s >= 2
JointPrediction from_functions(RowMatrixF values, Vector noise_variance);

/// Sizes fit, everything is finite, no variance is negative (a model clears what rounding leaves below 0).
/// @param subject what messages call the prediction.  @throws Error (shape or numerical)
void check_prediction(const JointPrediction& prediction, Index points, const std::string& subject);

}  // namespace predcorr
