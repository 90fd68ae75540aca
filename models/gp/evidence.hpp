// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg.hpp"

namespace predcorr::models {

/// Hyper-parameters of a GP with an ARD RBF kernel and Gaussian noise, as the logarithms an optimiser works on.
struct RbfHyperParameters {
  double log_variance = 0;   ///< of the function
  Vector log_length_scales;  ///< d
  double log_noise_variance = 0;

  Vector packed() const;  ///< variance, length-scales, noise: d + 2
  static RbfHyperParameters unpacked(const Eigen::Ref<const Vector>& packed);
};

/// Log marginal likelihood of y and its gradient with respect to the packed logarithms.
///   log p(y) = -1/2 y' K^-1 y - 1/2 log |K| - n/2 log 2 pi,   d/dt = 1/2 tr((a a' - K^-1) dK/dt),  a = K^-1 y.
/// Rasmussen & Williams 2006, eq. 5.8-5.9. All length-scale derivatives come from one weight matrix and two products
/// with X, so none needs an n x n matrix of its own. Cost: n^3 + 2 n^2 d; memory: 4 n^2 doubles.
struct Evidence {
  double log_likelihood;  ///< nats
  Vector gradient;        ///< d + 2
  double jitter;          ///< what Cholesky needed
};

/// @param x n x d  @param y n  @throws Error (numerical) if the matrix cannot be factorised
Evidence rbf_evidence(const Matrix& x, const Vector& y, const RbfHyperParameters& parameters);

}  // namespace predcorr::models
