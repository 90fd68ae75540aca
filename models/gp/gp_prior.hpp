// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"
#include "datasets/problem.hpp"

namespace predcorr::models {

enum class MeanFunction { zero, constant, linear };
EnumWords<MeanFunction> words_of(MeanFunction);

/// What all GP models ask for: the prior over functions and the noise, in the units they are trained in. Suites
/// standardise inputs and targets (the study's toy problem under protocol `paper` excepted), so a length-scale counts
/// standard deviations of its column over train and pool, and a variance is a share of the training targets'.
struct GpPrior {
  Nested<Kernel> kernel = JsonType<Nested<Kernel>>::read("rbf");
  MeanFunction mean = MeanFunction::zero;
  HyperParameter noise_variance;
  double smallest_noise_variance = 1e-4;
  static Fields<GpPrior> fields();

  /// The kernel of the observations, every start chosen: the function's kernel, the mean's, and white noise last. A
  /// mean function's coefficients have independent vague normal priors and are integrated out, so their uncertainty is
  /// part of every prediction (Rasmussen & Williams 2006, section 2.7); here that is one more kernel.
  KernelPtr observed_kernel(const TrainingData& data) const;
};

/// Mean square of the targets, kept from 0: the scale all starts are taken from.
double target_scale(const Vector& targets);

}  // namespace predcorr::models
