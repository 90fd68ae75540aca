// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg.hpp"

namespace predcorr::models {

/// How far one Gaussian process is from another at some points, and its gradient.
struct MarginalKl {
  double value;      ///< nats
  Vector by_mean;    ///< n
  Matrix by_factor;  ///< n x K
};

/// KL(N(m, F F' + j I) || N(0, C + j I)), in closed form. The same j on both sides makes it finite where F has fewer
/// columns than rows or C is nearly singular: it compares the processes after white noise of variance j was added to
/// both, which is at most the divergence of the processes themselves and zero where they agree.
/// @param mean m: n  @param factor F: n x K  @param prior C: n x n  @param jitter j above 0
/// @throws Error (numerical) if a matrix cannot be factorised. Cost: n^3 + 4 n^2 K.
MarginalKl marginal_kl(const Vector& mean, const Matrix& factor, Matrix prior, double jitter);

}  // namespace predcorr::models
