// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_density.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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

double WeightDensity::forward(const VectorF& weights, std::size_t b, float factor) {
  const Batch& block = blocks_[b];
  const MatrixF& out = network_.forward(weights, block.inputs, workspace(b));
  output_gradient_.setZero(out.rows(), out.cols());
  double squares = 0;
  for (Index i = 0; i < block.inputs.count; ++i) {
    const float residual = out(0, i) - block.targets(i);
    squares += static_cast<double>(residual) * static_cast<double>(residual);
    output_gradient_(0, i) = factor * residual;
  }
  return squares;
}

double WeightDensity::operator()(const VectorF& weights, const WeightHyper& hyper, VectorF& gradient) {
  const auto precision = static_cast<float>(1 / hyper.noise_variance);
  gradient = static_cast<float>(-1 / hyper.prior_variance) * weights;
  squares_ = 0;
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    squares_ += forward(weights, b, -precision);
    network_.backward(output_gradient_, workspace(b), block_gradient_);
    gradient += block_gradient_;
  }
  // Where floats cannot hold the precision the gradient has lost the data.
  if (!std::isnormal(precision)) return std::numeric_limits<double>::quiet_NaN();
  return log_density({squares_, weights.cast<double>().squaredNorm()}, hyper);
}

double WeightDensity::residual_squares(const VectorF& weights) {
  squares_ = 0;
  for (std::size_t b = 0; b < blocks_.size(); ++b) squares_ += forward(weights, b, 0);
  return squares_;
}

double WeightDensity::log_density(const WeightSquares& squares, const WeightHyper& hyper) const {
  return log_constant(hyper) -
         0.5 * (squares.residuals / hyper.noise_variance + squares.weights / hyper.prior_variance);
}

WeightSquares WeightDensity::squares_at(const VectorF& weights, double log_density, const WeightHyper& hyper) const {
  const double square = weights.cast<double>().squaredNorm();
  const double exponent = 2 * (log_constant(hyper) - log_density) - square / hyper.prior_variance;
  return {std::max(0.0, exponent * hyper.noise_variance), square};
}

void WeightDensity::change_hyper(const VectorF& weights, const WeightHyper& from, const WeightHyper& to,
                                 VectorF& gradient) {
  // The gradient is a / noise - weights / prior.
  const double ratio = from.noise_variance / to.noise_variance;
  const double pull = ratio / from.prior_variance - 1 / to.prior_variance;
  gradient = static_cast<float>(ratio) * gradient + static_cast<float>(pull) * weights;
}

double WeightDensity::log_constant(const WeightHyper& hyper) const {
  constexpr double kLogTwoPi = 1.8378770664093453;
  return -0.5 * (static_cast<double>(rows_) * (kLogTwoPi + std::log(hyper.noise_variance)) +
                 static_cast<double>(network_.parameter_count()) * (kLogTwoPi + std::log(hyper.prior_variance)));
}

}  // namespace predcorr::models
