// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {

double single_value(const HyperParameter& h, const char* name) {
  const Vector values = h.values();
  require(values.size() == 1, ErrorKind::config, "'{}' must be one value, got {}", name, values.size());
  return values(0);
}

void start_variance(HyperParameter& h, double variance) {
  if (!h.start.empty()) return;
  h = started(h, Vector::Constant(1, variance > 0 ? variance : 1.0));
  if (variance == 0) h.learn = false;
}

}  // namespace predcorr
