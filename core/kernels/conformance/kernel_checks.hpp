// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/kernels/kernel.hpp"
#include "core/plugins/conformance.hpp"

namespace predcorr::conformance {

/// One kernel under test.
class KernelTrial {
 public:
  /// @param kernel must outlive the trial; with starts still open they are chosen from the points, as learners do
  explicit KernelTrial(const Kernel& kernel);

  /// The kernel, watched (see Kernel::watched): checks never meet matrices of a wrong size.
  const Kernel& kernel() const { return *kernel_; }

  /// The kernel with every start chosen, which most checks ask.
  const Kernel& started();

  /// Standard normal points of 3 inputs, the same in every call; those of another seed are others.
  static Matrix points(Index rows, std::uint64_t seed = 5);

 private:
  KernelPtr kernel_, started_;
};

using KernelCheck = CheckOf<KernelTrial>;

/// That covariances are covariances: sizes, symmetry, definiteness, a diagonal and noise that fit. Cost: 30 points.
std::vector<KernelCheck> covariance_checks();

/// That gradients are those of the covariances, by central differences, and that log parameters do what they say.
std::vector<KernelCheck> gradient_checks();

const std::vector<KernelCheck>& kernel_checks();

/// All, as questions about one trial, which must outlive them.
std::vector<Question> kernel_questions(KernelTrial& trial);

}  // namespace predcorr::conformance
