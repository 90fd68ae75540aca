// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {

void start_variance(HyperParameter& h, double variance) {
  if (!h.start.empty()) return;
  h = started(h, Vector::Constant(1, variance > 0 ? variance : 1.0));
  if (variance == 0) h.learn = false;
}

}  // namespace predcorr
