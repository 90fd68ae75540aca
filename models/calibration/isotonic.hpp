// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// A run of neighbouring values that share one fitted value.
struct Level {
  Index first, last;  ///< numbers of the run's first and last value
  double weight;      ///< sum of the run's weights
  double value;       ///< their weighted mean; increases strictly from level to level
};

/// Weighted least-squares fit of a non-decreasing sequence, by pooling adjacent violators (Ayer et al. 1955; Barlow et
/// al. 1972). For values that are squares of Gaussian residuals it is also the non-decreasing variance of maximum
/// likelihood, since both are monotone regressions of one exponential family (Robertson, Wright & Dykstra 1988,
/// section 1.5). Cost: n.
/// @param values n, in order  @param weights n, above 0  @throws Error (shape, numerical)
std::vector<Level> pool_adjacent_violators(const Vector& values, const Vector& weights);

}  // namespace predcorr::models
