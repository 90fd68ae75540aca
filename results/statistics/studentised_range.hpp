// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace predcorr {

/// P(R > q), R the range (largest less smallest) of k independent standard normal numbers: the studentised range with
/// infinite degrees of freedom. With z the largest,
///   P(R > q) = k int phi(z) (Phi(z)^(k - 1) - (Phi(z) - Phi(z - q))^(k - 1)) dz,
/// by the trapezoidal rule, whose error falls exponentially for such integrands (Trefethen & Weideman 2014). To some
/// 1e-12 of itself, far out in the tail too.
/// @param k at least 2  @param q at least 0  @throws Error (numerical)  Cost: some 20 us
double studentised_range_tail(int k, double q);

/// The q with P(R > q) = alpha, to some 1e-12 of itself.
/// @param k at least 2  @param alpha between 0 and 1  @throws Error (numerical)  Cost: some 0.2 ms
double studentised_range_quantile(int k, double alpha);

}  // namespace predcorr
