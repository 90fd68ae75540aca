// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// How hard numbers are to quantise: most of them small, a few huge. Zeros, which no rounding changes, do not count.
struct Sharpness {
  double peak = 0;      ///< largest magnitude over the root mean square; of n normal ones about sqrt(2 log n)
  double kurtosis = 0;  ///< mean fourth power over the squared mean square; of normal ones 3
};

/// All zero where all numbers are.  @param x finite
Sharpness sharpness_of(const float* x, Index n);

}  // namespace predcorr::models
