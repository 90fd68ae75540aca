// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <optional>

#include "core/prediction/joint_prediction.hpp"

namespace predcorr::metrics {

// Targets may be in any unit: of 1e-100 or of 1e100, whose squares a double still holds, but not what is made of these.
// So whatever is squared is first brought near 1 by a power of two, which changes no bit of the result where nothing
// would have overflowed or underflowed. A score that a double cannot hold is absent, never 0 or infinite.

/// The even e with |value| from 2^(e - 2) up to 2^e, so that square roots and squares of 2^e are exact; 0 for 0.
/// @param value finite
int even_exponent(double value);

/// That of the largest |entry|; 0 where there is none.
int even_exponent(const Eigen::Ref<const Matrix>& values);

/// values * 2^exponent.
Matrix times_power(Matrix values, int exponent);
Vector times_power(Vector values, int exponent);

/// value * 2^exponent; nothing where the product is too large for a double, or too small for one in full precision.
std::optional<double> times_power(double value, int exponent);

/// sqrt(mean v_i^2), at any scale.  @param values at least one
double root_mean_square(const Vector& values);

/// @param of whose variances they are, for the message
/// @throws Error (numerical) if one is too large for a double, or too small for one in full precision and not 0
void require_held(const Vector& variance, const char* of);

/// y's predicted variances: n.  @throws Error (numerical) as require_held does, also where a factor's entries are so
/// small that the variance came out as 0
Vector held_variance(const JointPrediction& prediction);

/// (y_i - mean_i)^2 / variance_i: n.  @param variance of y, positive and held
Vector squared_residuals(const Vector& y, const Vector& mean, const Vector& variance);

/// The prediction with its values times 2^-exponent, such that the largest variance of y is near 1, where it is so far
/// from 1 that products of variances could be out of range; else as it is, with exponent 0. Cost: none, or a copy.
struct NearOne {
  explicit NearOne(const JointPrediction& given);
  double variance_in_given_unit(double variance) const { return std::ldexp(variance, 2 * exponent); }
  JointPrediction prediction;
  int exponent = 0;
};

}  // namespace predcorr::metrics
