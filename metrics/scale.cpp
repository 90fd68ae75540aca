// SPDX-License-Identifier: Apache-2.0
#include "metrics/scale.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "core/base/error.hpp"

namespace predcorr::metrics {
namespace {

constexpr double kLeast = std::numeric_limits<double>::min();  // in full precision

/// In two steps: 2^exponent itself may be out of range.
template <class M>
M scaled(M values, int exponent) {
  if (exponent == 0) return values;
  const int half = exponent / 2;
  values *= std::ldexp(1.0, half);
  values *= std::ldexp(1.0, exponent - half);
  return values;
}

/// Whether a factor has entries where the variance they make is 0.
bool vanishes(const Covariance& latent, const Vector& variance) {
  if (!latent.is_factor()) return false;
  for (Index i = 0; i < variance.size(); ++i)
    if (variance(i) == 0 && (latent.factor_rows(i, 1).array() != 0).any()) return true;
  return false;
}

}  // namespace

int even_exponent(double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return exponent + (exponent & 1);
}

int even_exponent(const Eigen::Ref<const Matrix>& values) {
  return values.size() == 0 ? 0 : even_exponent(values.cwiseAbs().maxCoeff());
}

Matrix times_power(Matrix values, int exponent) { return scaled(std::move(values), exponent); }
Vector times_power(Vector values, int exponent) { return scaled(std::move(values), exponent); }

std::optional<double> times_power(double value, int exponent) {
  const double product = std::ldexp(value, exponent);
  if (!std::isfinite(product) || (value != 0 && std::abs(product) < kLeast)) return std::nullopt;
  return product;
}

double root_mean_square(const Vector& values) {
  if (!values.allFinite()) return std::numeric_limits<double>::infinity();
  const int exponent = even_exponent(values);
  const Vector near_one = times_power(values, -exponent);
  return std::ldexp(std::sqrt(near_one.squaredNorm() / static_cast<double>(values.size())), exponent);
}

void require_held(const Vector& variance, const char* of) {
  require(variance.allFinite(), ErrorKind::numerical,
          "a predicted variance of {} is too large for a double: give the targets a larger unit", of);
  require(!((variance.array() > 0) && (variance.array() < kLeast)).any(), ErrorKind::numerical,
          "a predicted variance of {} is too small for a double: give the targets a smaller unit", of);
}

Vector held_variance(const JointPrediction& p) {
  Vector variance = p.observed_variance();
  require_held(variance, "y");
  require(!vanishes(p.latent, variance), ErrorKind::numerical,
          "a predicted variance of y is too small for a double: give the targets a smaller unit");
  return variance;
}

Vector squared_residuals(const Vector& y, const Vector& mean, const Vector& variance) {
  const Vector error = y - mean;
  const double largest = error.size() > 0 ? error.cwiseAbs().maxCoeff() : 0;
  const bool squarable = largest < 1e150 && variance.size() > 0 && variance.minCoeff() > 1e-270;
  if (squarable) return error.array().square() / variance.array();
  return (error.array() / variance.array().sqrt()).square();
}

NearOne::NearOne(const JointPrediction& given) : prediction(given) {
  constexpr int kFar = 100;
  const Vector variance = given.observed_variance();
  if (variance.size() == 0 || !variance.allFinite()) return;
  const int far = even_exponent(std::sqrt(variance.maxCoeff()));
  if (std::abs(far) <= kFar) return;
  exponent = far;
  // In two steps: the square of 2^-far may be out of range.
  const int half = -far / 2;
  prediction = given.affine(std::ldexp(1.0, half), 0).affine(std::ldexp(1.0, -far - half), 0);
}

}  // namespace predcorr::metrics
