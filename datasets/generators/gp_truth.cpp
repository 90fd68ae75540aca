// SPDX-License-Identifier: Apache-2.0
#include "datasets/generators/gp_truth.hpp"

#include "core/kernels/kernel.hpp"

namespace predcorr {

JointPrediction GpTruth::posterior(const Matrix& x, const Vector& y, const Matrix& query) const {
  Matrix observed = gram_in_tiles(*kernel_, x);
  observed.diagonal().array() += noise_variance_ + kernel_->white_noise(x).array();
  return condition_gp(Cholesky(std::move(observed)), cross_in_tiles(*kernel_, query, x), gram_in_tiles(*kernel_, query),
                      y, noise_variance_ + kernel_->white_noise(query).array());
}

}  // namespace predcorr
