// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/linalg.hpp"
#include "core/stream.hpp"
#include "datasets/problem.hpp"

namespace predcorr::models {

/// Adam (Kingma & Ba 2015) on a flat parameter vector, in the reordered form at the end of their section 2: epsilon is
/// added to the root before the bias correction.
class Adam {
 public:
  Adam(Index parameters, double learning_rate)
      : first_(VectorF::Zero(parameters)), second_(first_), rate_(learning_rate) {}

  /// One step downhill. Both arguments: the number of parameters given to the constructor.
  void step(const VectorF& gradient, VectorF& parameters);

 private:
  VectorF first_, second_;  // running mean of the gradient and of its square
  double rate_;
  int steps_ = 0;
};

/// A mini-batch: some rows of the training data, as networks take them.
struct Batch {
  MatrixF inputs;   ///< d x b
  VectorF targets;  ///< b
};

/// Runs `epochs` passes over the rows in random order. `step` takes one optimiser step on a batch and returns its loss;
/// a loss that is not finite, or exceeds 1e10 times the targets' mean square (1 at least), ends training.
/// @throws Error (numerical) with epoch and loss
void train(const TrainingData& data, int epochs, int batch_size, Stream stream,
           const std::function<double(const Batch&)>& step);

/// Inputs as networks take them: d x m floats.
MatrixF network_inputs(const Matrix& rows);

/// softplus(v) = log(1 + e^v), without overflow, and its derivative.
float softplus(float v);
float softplus_slope(float v);

}  // namespace predcorr::models
