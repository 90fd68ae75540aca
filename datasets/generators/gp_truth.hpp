// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"
#include "datasets/dataset.hpp"

namespace predcorr {

/// Truth of a function drawn from a known GP and seen with known noise.
class GpTruth : public Truth {
 public:
  GpTruth(std::shared_ptr<const Kernel> kernel, double noise_variance)
      : kernel_(std::move(kernel)), noise_variance_(noise_variance) {}

  JointPrediction posterior(const Matrix& x, const Vector& y, const Matrix& query) const override;

 private:
  std::shared_ptr<const Kernel> kernel_;
  double noise_variance_;
};

}  // namespace predcorr
