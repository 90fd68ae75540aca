// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/sharpness.hpp"

#include <cmath>

#include "models/bnn/int8/quantise.hpp"

namespace predcorr::models {

Sharpness sharpness_of(const float* x, Index n) {
  const double largest = largest_magnitude(x, n);
  if (largest == 0) return {};
  double square = 0, fourth = 0, count = 0;
  for (Index i = 0; i < n; ++i) {
    const double share = static_cast<double>(x[i]) / largest, s = share * share;  // whose fourth power has room
    square += s;
    fourth += s * s;
    count += x[i] != 0;
  }
  return {std::sqrt(count / square), count * fourth / (square * square)};
}

}  // namespace predcorr::models
