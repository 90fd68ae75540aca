// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "models/bnn/training.hpp"

namespace predcorr::models {

/// What the density of a network's weights is given: y = f(x) + N(0, noise_variance), weights ~ N(0, prior_variance)
/// before the network's scaling of pre-activations by 1 / sqrt(fan-in + 1).
struct WeightHyper {
  double noise_variance = 1;
  double prior_variance = 1;
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

  /// Other targets for the same rows.
  void set_targets(const VectorF& targets);

  /// Sum over the rows of (f(x) - y)^2 at the weights of the last call.
  double squares() const { return squares_; }
  Index rows() const { return rows_; }

 private:
  const Network& network_;
  Index rows_;
  std::vector<Batch> blocks_;
  std::vector<Network::Workspace> work_;
  MatrixF output_gradient_;
  VectorF block_gradient_;
  double squares_ = 0;
};

}  // namespace predcorr::models
