// SPDX-License-Identifier: Apache-2.0
#include "datasets/gp_truth.hpp"

#include "core/condition_gp.hpp"

namespace predcorr {

JointPrediction GpTruth::posterior(const Matrix& x, const Vector& y, const Matrix& query) const {
  Matrix observed = kernel_->cross(x, x);
  observed.diagonal().array() += noise_variance_;
  return condition_gp(Cholesky(std::move(observed)), kernel_->cross(x, query), kernel_->cross(query, query), y,
                      Vector::Constant(query.rows(), noise_variance_));
}

}  // namespace predcorr
