// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/inverse_gamma.hpp"

#include <cmath>

namespace predcorr::models {

double gamma_draw(double shape, Stream& stream) {
  if (shape < 1) {
    const double above = gamma_draw(shape + 1, stream);
    return above * std::pow(1 - stream.uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = stream.normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - stream.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double InverseGamma::log_density_of_log(double v) const { return -shape * std::log(v) - scale / v; }

}  // namespace predcorr::models
