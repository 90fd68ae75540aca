// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"

namespace predcorr {

/// A kernel made of others: their log parameters one after the other, named "1.length_scale" by their place.
class Composite : public Kernel {
 public:
  explicit Composite(std::vector<KernelPtr> parts);

  std::vector<LogParameter> log_parameters() const override;
  KernelPtr with_log_parameters(const Eigen::Ref<const Vector>& values) const override;

 protected:
  virtual KernelPtr with_parts(std::vector<KernelPtr> parts) const = 0;

  const std::vector<KernelPtr>& parts() const { return parts_; }
  std::size_t count() const { return parts_.size(); }

  /// The part of a vector over all log parameters that belongs to one kernel.
  template <class V>
  auto segment_of(std::size_t part, V&& all) const {
    return all.segment(first_[part], first_[part + 1] - first_[part]);
  }

 private:
  std::vector<KernelPtr> parts_;
  std::vector<Index> first_;  // where each part's log parameters begin, and the end of the last
};

/// Objects out of plug-ins nested in a suite.
std::vector<KernelPtr> objects_of(const std::vector<Nested<Kernel>>& plugins);

/// k_1 + k_2 + ...
KernelPtr sum_of(std::vector<KernelPtr> terms);

}  // namespace predcorr
