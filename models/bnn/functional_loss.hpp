// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"
#include "models/bnn/fourier_process.hpp"

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

}  // namespace predcorr::models
