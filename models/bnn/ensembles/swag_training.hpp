// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/training.hpp"
#include "models/bnn/ensembles/swag_moments.hpp"
#include "models/bnn/pruning/network_start.hpp"
#include "models/mcmc/settling.hpp"

namespace predcorr::models {

/// What swag and multi-swag are told.
struct SwagParameters : CompressibleNetworkParameters, TrainingParameters {
  SwagParameters() {
    batch = 20;
    clip_norm = 10;
  }
  double weight_decay = 0.01;
  int swag_epochs = 200;
  double swag_learning_rate = 0.05;
  int rank = 20;
  int samples = 200;

  static Fields<SwagParameters> fields();
};

/// Where one network's training ended, and how it moved there.
struct SwagRun {
  Network network;  ///< pruned or compressed where `options` say so
  SwagMoments moments;
  double noise_variance = 0;
  Settling settling;  ///< of its logarithm in the first part
  Int8Record record;  ///< of both parts, where they train in 8 bits
  Diagnostics sizes;  ///< of pruning and compression
};

/// Trains a network by its Gaussian likelihood, its noise with it, as `options` says; then goes on for `swag_epochs` by
/// stochastic gradient descent with momentum at a constant rate, the noise held, and takes the moments of the weights
/// at the end of every epoch; between the parts compression makes the network smaller. The second part descends
/// noise_variance times the loss of the first, which is half the mean squared error and the weight decay's share: its
/// rate then means the same at any noise. Its batches are a quarter of the rows at most: descent that sees all rows at
/// once comes to rest and says nothing.
/// @param all the rows of `data` with all columns  @param after_epoch of the second part
SwagRun swag_run(const SwagParameters& options, const TrainingData& data, const Batch& all, const Stream& stream,
                 const EpochHook& after_epoch = nullptr);

/// Draws from the moments' distribution, in columns, each with running statistics of its own.
MatrixF swag_draws(const SwagRun& run, const Batch& all, int samples, Stream stream);

}  // namespace predcorr::models
