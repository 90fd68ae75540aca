// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"
#include "core/linalg/inverse_factor.hpp"
#include "models/gp/maximise.hpp"

namespace predcorr::models {

/// The log marginal likelihood of one training set, for one kernel after another:
///   log p(y) = -1/2 y' K^-1 y - 1/2 log |K| - n/2 log 2 pi,   d/dt = 1/2 tr((a a' - K^-1) dK/dt),  a = K^-1 y,
/// with K the covariance of the observations, white noise included. Rasmussen & Williams 2006, eq. 5.8-5.9.
/// The gradient is summed up tile by tile while K^-1 is formed, so about 2 n^2 doubles,
/// kept from call to call, are all the memory it takes. Cost: n^3 with the gradient, n^3 / 3 without.
class Evidence {
 public:
  struct Value {
    double log_likelihood = 0;  ///< nats
    Vector gradient;            ///< by the kernel's log parameters; empty if not asked for
    double jitter = 0;          ///< what Cholesky added
  };

  /// How each observation is predicted by all others, in closed form: Rasmussen & Williams 2006, eq. 5.10-5.12.
  struct LeaveOneOut {
    Vector mean, variance;      ///< of y: n each
    double log_likelihood = 0;  ///< mean over observations, nats
    double rmse = 0;
  };

  /// @param x n x d  @param y n; both must outlive this
  Evidence(const Matrix& x, const Vector& y) : x_(x), y_(y) {}

  /// @throws Error (numerical) if K cannot be factorised
  Value at(const Kernel& kernel, bool with_gradient = true);

  LeaveOneOut leave_one_out(const Kernel& kernel);

  /// at() as a function of the logarithms of `kernel`'s hyper-parameters; refers to this.
  LogObjective objective(KernelPtr kernel);

 private:
  Cholesky factor(const Kernel& kernel);

  const Matrix& x_;
  const Vector& y_;
  InverseFactor::Storage storage_;  // kept from call to call
};

}  // namespace predcorr::models
