// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "core/kernels/kernel.hpp"
#include "models/linear/fourier_process.hpp"

namespace predcorr::models {

/// The functional evidence bound's negative, per row, for a FourierProcess q and a GP prior p with zero mean:
///   mean over b rows of E_q[-log N(y; f, v)] + kl_share KL(q(f at the points) || p(f at the points)),
/// where the points are the rows and whatever stands behind them. Constants are left out.
class FunctionalLoss {
 public:
  /// @param prior p's kernel; white noise in it is not f's  @param jitter of marginal_kl
  FunctionalLoss(const FourierProcess& process, KernelPtr prior, double jitter, double kl_share)
      : process_(process), prior_(std::move(prior)), jitter_(jitter), kl_share_(kl_share) {}

  /// @param parameters those of the process, then log v  @param points m x inputs, the first b those of the targets
  /// @param gradient written: as long as `parameters`
  double at(const Vector& parameters, const Matrix& points, const Vector& targets, Vector& gradient);

 private:
  FourierProcess process_;
  KernelPtr prior_;
  double jitter_, kl_share_;
  FourierProcess::Marginals f_;
};

/// How far one Gaussian process is from another at some points, and its gradient.
struct MarginalKl {
  double value = 0;  ///< nats
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
