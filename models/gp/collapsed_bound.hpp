// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"
#include "core/linalg/cholesky.hpp"

namespace predcorr::models {

/// Kuu with this part of its mean diagonal added: clusters put inducing points close together, and what is lost by it
/// is far below what the approximation costs anyhow.
inline constexpr double kInducingJitter = 1e-6;
Cholesky inducing_factor(const Kernel& kernel, const Matrix& inducing);

/// Titsias's lower bound on the log marginal likelihood, inducing variables integrated out:
///   log N(y; 0, Q + D) - 1/2 tr(D^-1 (K - Q)),  Q = Kfu Kuu^-1 Kuf, D the white noise at each row.
/// Titsias 2009, eq. 9. Gradients by the kernel's log parameters and by the inducing points in one pass.
/// Cost: 4 n m^2 with gradients, 2 n m^2 without; memory: 2 n m + 5 m^2 doubles.
class CollapsedBound {
 public:
  struct Value {
    double bound = 0;    ///< nats
    Vector gradient;     ///< by the log parameters; empty if not asked for
    Matrix by_inducing;  ///< m x d; empty if not asked for
  };

  /// @param x n x d  @param y n; both must outlive this
  CollapsedBound(const Matrix& x, const Vector& y) : x_(x), y_(y) {}

  /// @throws Error (numerical) if a matrix cannot be factorised or a noise variance is 0
  Value at(const Kernel& kernel, const Matrix& inducing, bool with_gradient = true, bool by_inducing = false) const;

 private:
  const Matrix& x_;
  const Vector& y_;
};

}  // namespace predcorr::models
