// SPDX-License-Identifier: Apache-2.0
#include "models/gp/exact_posterior.hpp"

#include <cmath>

#include "core/kernels/kernel.hpp"

namespace predcorr::models {
namespace {

Cholesky observed_factor(const Kernel& kernel, const Matrix& inputs) {
  Matrix observed(inputs.rows(), inputs.rows());
  observed_lower_in_place(kernel, inputs, observed);
  return Cholesky(std::move(observed));
}

}  // namespace

ExactPosterior::ExactPosterior(KernelPtr kernel, const TrainingData& data, Diagnostics search)
    : kernel_(std::move(kernel)),
      inputs_(data.inputs),
      targets_(data.targets),
      search_(std::move(search)),
      observed_(observed_factor(*kernel_, inputs_)) {}

ExactPosterior::ExactPosterior(const ExactPosterior& before, const TrainingData& data, std::optional<Cholesky> observed)
    : kernel_(before.kernel_),
      inputs_(data.inputs),
      search_(before.search_),
      observed_(observed ? *std::move(observed) : observed_factor(*kernel_, inputs_)) {
  const Index n = before.inputs_.rows();
  const Vector known = data.targets.head(n);
  const double spread = std::sqrt((before.targets_.array() - before.targets_.mean()).square().mean());
  if (spread > 0) target_scale_ = std::sqrt((known.array() - known.mean()).square().mean()) / spread;
  target_shift_ = known.mean() - target_scale_ * before.targets_.mean();
  targets_ = (data.targets.array() - target_shift_) / target_scale_;
  search_["rows_added"] += static_cast<double>(data.inputs.rows() - n);
}

Diagnostics ExactPosterior::diagnostics() const {
  Diagnostics all = search_;
  all["cholesky_jitter"] = observed_.jitter();
  all["condition_estimate"] = observed_.condition_estimate();
  all["signal_variance"] = kernel_->diagonal(inputs_).mean();
  all["noise_variance"] = kernel_->white_noise(inputs_).mean();
  for (const LogParameter& p : kernel_->log_parameters()) all["kernel." + p.name] = std::exp(p.value);
  return all;
}

std::unique_ptr<Posterior> ExactPosterior::extended(const TrainingData& data) const {
  const Index n = inputs_.rows(), k = data.inputs.rows() - n;
  require(k >= 0 && data.inputs.topRows(n) == inputs_, ErrorKind::data,
          "refit: the first {} rows must be those the GP was fitted to", n);
  const Matrix added = data.inputs.bottomRows(k);
  Matrix block = gram_in_tiles(*kernel_, added);
  block.diagonal() += kernel_->white_noise(added);
  std::optional<Cholesky> longer;
  try {
    longer = observed_.extended(cross_in_tiles(*kernel_, added, inputs_), std::move(block));
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::numerical) throw;  // jitter may help, which takes a new factorisation
  }
  return std::unique_ptr<Posterior>(new ExactPosterior(*this, data, std::move(longer)));
}

JointPrediction ExactPosterior::posterior_at(const Matrix& query) const {
  return condition_gp(observed_, cross_in_tiles(*kernel_, query, inputs_), gram_in_tiles(*kernel_, query), targets_,
                      kernel_->white_noise(query))
      .affine(target_scale_, target_shift_);
}

}  // namespace predcorr::models
