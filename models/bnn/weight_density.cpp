// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/weight_density.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr::models {
namespace {

constexpr Index kRows = 480;  // of a block: a network's activations there stay in the second-level cache

}  // namespace

WeightDensity::WeightDensity(const Network& network, const Batch& data)
    : network_(network), rows_(data.inputs.count), block_gradient_(network.parameter_count()) {
  for (Index first = 0; first < rows_; first += kRows) {
    const Index count = std::min(kRows, rows_ - first);
    blocks_.emplace_back();
    gather(data.inputs, consecutive_rows(first, count), blocks_.back().inputs);
    blocks_.back().targets = data.targets.segment(first, count);
  }
  // One workspace for each size of block, so that none is ever allocated again.
  work_.resize(std::min<std::size_t>(blocks_.size(), 2));
}

void WeightDensity::set_targets(const VectorF& targets) {
  Index first = 0;
  for (Batch& block : blocks_) {
    block.targets = targets.segment(first, block.inputs.count);
    first += block.inputs.count;
  }
}

double WeightDensity::operator()(const VectorF& weights, const WeightHyper& hyper, VectorF& gradient) {
  const auto precision = static_cast<float>(1 / hyper.noise_variance);
  gradient = static_cast<float>(-1 / hyper.prior_variance) * weights;
  squares_ = 0;
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Batch& block = blocks_[b];
    Network::Workspace& work = b + 1 < blocks_.size() ? work_.front() : work_.back();
    const MatrixF& out = network_.forward(weights, block.inputs, work);
    output_gradient_.setZero(out.rows(), out.cols());
    for (Index i = 0; i < block.inputs.count; ++i) {
      const float residual = out(0, i) - block.targets(i);
      squares_ += static_cast<double>(residual) * static_cast<double>(residual);
      output_gradient_(0, i) = -precision * residual;
    }
    network_.backward(output_gradient_, work, block_gradient_);
    gradient += block_gradient_;
  }
  constexpr double kLogTwoPi = 1.8378770664093453;
  const auto n = static_cast<double>(rows_), p = static_cast<double>(weights.size());
  const double log_likelihood =
      -0.5 * (n * (kLogTwoPi + std::log(hyper.noise_variance)) + squares_ / hyper.noise_variance);
  const double log_prior = -0.5 * (p * (kLogTwoPi + std::log(hyper.prior_variance)) +
                                   weights.cast<double>().squaredNorm() / hyper.prior_variance);
  return log_likelihood + log_prior;
}

}  // namespace predcorr::models
