// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "models/bnn/engine/training.hpp"

namespace predcorr::models {

/// What the density of a network's weights is given: y = f(x) + N(0, noise_variance), weights ~ N(0, prior_variance)
/// before the network's scaling of pre-activations by 1 / sqrt(fan-in + 1).
struct WeightHyper {
  double noise_variance = 1;
  double prior_variance = 1;
};

/// What the density depends on beside them.
struct WeightSquares {
  double residuals = 0;  ///< sum over the rows of (f(x) - y)^2
  double weights = 0;    ///< sum over the weights of w^2
};

/// The posterior density of a network's weights, from all training rows at once. Rows go through the network in blocks
/// that stay in the cache, sums over rows and weights are in double: samplers live on differences of energies.
/// Not for several threads at once; each makes its own.
class WeightDensity {
 public:
  /// @param network and data must outlive this; the network has one output
  WeightDensity(const Network& network, const Batch& data);

  /// log p(y | weights) + log p(weights), with all constants; infinite or NaN where the network overflows.
  /// @param gradient written: parameter_count  Cost: 6 * parameters * rows operations.
  double operator()(const VectorF& weights, const WeightHyper& hyper, VectorF& gradient);

  /// Sum over the rows of (f(x) - y)^2.  Cost: 2 * parameters * rows operations.
  double residual_squares(const VectorF& weights);

  /// The log density from the squares at these weights.
  double log_density(const WeightSquares& squares, const WeightHyper& hyper) const;

  /// The squares at weights where the log density is known: no pass through the network.
  WeightSquares squares_at(const VectorF& weights, double log_density, const WeightHyper& hyper) const;

  /// What the gradient `gradient` of the log density at `weights` becomes when `from` becomes `to`, likewise.
  static void change_hyper(const VectorF& weights, const WeightHyper& from, const WeightHyper& to, VectorF& gradient);

  /// Other targets for the same rows.
  void set_targets(const VectorF& targets);

  /// Sum over the rows of (f(x) - y)^2 at the weights of the last call.
  double squares() const { return squares_; }
  Index rows() const { return rows_; }

 private:
  /// Outputs of a block and their squares; `output_gradient_` becomes (f - y) times `factor`.
  double forward(const VectorF& weights, std::size_t block, float factor);
  Network::Workspace& workspace(std::size_t block) { return block + 1 < blocks_.size() ? work_.front() : work_.back(); }
  double log_constant(const WeightHyper& hyper) const;

  const Network& network_;
  Index rows_;
  std::vector<Batch> blocks_;
  std::vector<Network::Workspace> work_;
  MatrixF output_gradient_;
  VectorF block_gradient_;
  double squares_ = 0;
};

}  // namespace predcorr::models
