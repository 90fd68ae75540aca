// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/normalised_score.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"

namespace predcorr {

std::optional<double> normalised_score(double value, double floor, double ceiling) {
  require(std::isfinite(value) && std::isfinite(floor) && std::isfinite(ceiling), ErrorKind::numerical,
          "normalised score: value, floor and ceiling must be finite, got {}, {} and {}", value, floor, ceiling);
  // Halves, so that no difference of two numbers overflows.
  const double span = 0.5 * ceiling - 0.5 * floor;
  if (std::abs(span) <= 0.5e-12 * std::max(std::abs(floor), std::abs(ceiling))) return std::nullopt;
  const double score = (0.5 * value - 0.5 * floor) / span;
  require(std::isfinite(score), ErrorKind::numerical,
          "normalised score: {} lies too far from the floor {} and the ceiling {}", value, floor, ceiling);
  return score;
}

}  // namespace predcorr
