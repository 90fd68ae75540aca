// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/network_size.hpp"

namespace predcorr::models {

Diagnostics size_record(const std::string& name, const Network& before, const Network& after) {
  Diagnostics record;
  const auto add = [&](const std::string& when, const Network& network) {
    double weights = 0, bytes = 4.0 * static_cast<double>(network.parameter_count());
    for (const WeightBlock& block : network.weight_blocks())
      weights += static_cast<double>(block.outputs * block.weight_columns());
    if (network.is_masked()) {
      weights -= static_cast<double>(network.layout_count() - network.parameter_count());
      bytes *= 2;
    }
    record[name + ".weights." + when] = weights;
    record[name + ".operations." + when] = network.operations();
    record[name + ".bytes." + when] = bytes;
  };
  add("before", before);
  add("after", after);
  return record;
}

}  // namespace predcorr::models
