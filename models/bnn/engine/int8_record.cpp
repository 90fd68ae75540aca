// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/int8_record.hpp"

#include <fmt/format.h>

namespace predcorr::models {

void Int8Record::observe(int epoch, const Network& network, const Network::Workspace& work) {
  if (!network.architecture().int8) return;
  std::vector<const char*> moments;
  if (epoch == 1) moments.push_back("first");
  if (epoch == (epochs_ + 1) / 2) moments.push_back("middle");
  if (epoch == epochs_) moments.push_back("last");
  if (moments.empty()) return;
  const std::vector<LayerReport> layers = network.reports(work);
  for (std::size_t l = 0; l < layers.size(); ++l)
    for (const char* moment : moments) {
      const auto entry = [&](const char* what) -> double& {
        return diagnostics_[fmt::format("int8.layer{}.{}.{}", l + 1, what, moment)];
      };
      entry("deviation") = layers[l].report.deviation;
      entry("clip") = layers[l].report.clip;
      entry("rate_factor") = layers[l].report.rate_factor;
      entry("clipped") = layers[l].report.clipped;
    }
}

Diagnostics Int8Record::mean(const std::vector<Int8Record>& records) {
  Diagnostics mean;
  for (const Int8Record& record : records)
    for (const auto& [name, value] : record.diagnostics_) mean[name] += value / static_cast<double>(records.size());
  return mean;
}

}  // namespace predcorr::models
