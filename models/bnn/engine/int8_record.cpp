// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/int8_record.hpp"

#include <fmt/format.h>

namespace predcorr::models {
namespace {

constexpr std::size_t kMostKept = 64;

void add_entries(const std::vector<LayerReport>& layers, const char* moment, Diagnostics& diagnostics) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Int8Report& report = layers[l].report;
    const auto add = [&](const char* what, double value) {
      diagnostics[fmt::format("int8.layer{}.{}.{}", l + 1, what, moment)] = value;
    };
    add("deviation", report.deviation);
    add("clip", report.clip);
    add("rate_factor", report.rate_factor);
    add("clipped", report.clipped);
    add("gradient_peak", report.gradient.peak);
    add("gradient_kurtosis", report.gradient.kurtosis);
    add("weights_peak", report.weights.peak);
    add("weights_kurtosis", report.weights.kurtosis);
    add("inputs_peak", report.inputs.peak);
    add("inputs_kurtosis", report.inputs.kurtosis);
  }
}

}  // namespace

void Int8Record::observe(const Network& network, const Network::Workspace& work) {
  if (!network.architecture().int8) return;
  last_ = network.reports(work);
  if (epochs_++ % stride_ != 0) return;
  kept_.push_back(last_);
  if (kept_.size() <= kMostKept) return;
  for (std::size_t k = 1; 2 * k < kept_.size(); ++k) kept_[k] = std::move(kept_[2 * k]);
  kept_.resize((kept_.size() + 1) / 2);
  stride_ *= 2;
}

Diagnostics Int8Record::diagnostics() const {
  Diagnostics diagnostics;
  if (kept_.empty()) return diagnostics;
  add_entries(kept_.front(), "first", diagnostics);
  add_entries(kept_[static_cast<std::size_t>((epochs_ - 1) / 2 / stride_)], "middle", diagnostics);
  add_entries(last_, "last", diagnostics);
  return diagnostics;
}

Diagnostics Int8Record::mean(const std::vector<Int8Record>& records) {
  Diagnostics mean;
  for (const Int8Record& record : records)
    for (const auto& [name, value] : record.diagnostics()) mean[name] += value / static_cast<double>(records.size());
  return mean;
}

}  // namespace predcorr::models
