// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/kernels/kernel.hpp"
#include "core/linalg/cholesky.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The exact posterior of a GP whose hyper-parameters are known.
class ExactPosterior : public Posterior {
 public:
  /// @param kernel of the observations, white noise included  @param search named numbers of how it was found
  /// @throws Error (numerical) if the training matrix cannot be factorised. Cost: n^3 / 3.
  ExactPosterior(KernelPtr kernel, const TrainingData& data, Diagnostics search);

  Diagnostics diagnostics() const override;

  /// The posterior of the same kernel with more rows behind the ones it has, by extending the Cholesky factor. The
  /// targets may be in new units (re-standardised), which show in the rows both have. Cost: n^2 k for k new rows.
  /// Falls back to a new factorisation where the extended matrix needs jitter.
  /// @throws Error (data) if the first rows are not those it has
  std::unique_ptr<Posterior> extended(const TrainingData& data) const;

  /// What predict returns, for models that are made of several of these.
  JointPrediction posterior_at(const Matrix& query) const;

 private:
  ExactPosterior(const ExactPosterior& before, const TrainingData& data, std::optional<Cholesky> observed);

  JointPrediction do_predict(const Matrix& query) const override { return posterior_at(query); }

  KernelPtr kernel_;
  Matrix inputs_;
  Vector targets_;                              // in the kernel's units
  double target_scale_ = 1, target_shift_ = 0;  // from there to the units predictions are wanted in
  Diagnostics search_;
  Cholesky observed_;
};

}  // namespace predcorr::models
