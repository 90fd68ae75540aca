// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/composite.hpp"

namespace predcorr {

Composite::Composite(std::vector<KernelPtr> parts) : parts_(std::move(parts)), first_{0} {
  for (const KernelPtr& part : parts_) first_.push_back(first_.back() + std::ssize(part->log_parameters()));
}

std::vector<LogParameter> Composite::log_parameters() const {
  std::vector<LogParameter> all;
  for (std::size_t k = 0; k < count(); ++k)
    for (LogParameter& p : parts_[k]->log_parameters()) {
      p.name = fmt::format("{}.{}", k + 1, p.name);
      all.push_back(std::move(p));
    }
  return all;
}

KernelPtr Composite::with_log_parameters(const Eigen::Ref<const Vector>& values) const {
  std::vector<KernelPtr> moved;
  for (std::size_t k = 0; k < count(); ++k) moved.push_back(parts_[k]->with_log_parameters(segment_of(k, values)));
  return with_parts(std::move(moved));
}

std::vector<KernelPtr> objects_of(const std::vector<Nested<Kernel>>& plugins) {
  std::vector<KernelPtr> objects;
  for (const auto& plugin : plugins) objects.push_back(plugin.object);
  return objects;
}

}  // namespace predcorr
