// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/plugins/parameters.hpp"
#include "datasets/problem.hpp"
#include "models/bnn/engine/network.hpp"
#include "models/bnn/engine/optimiser.hpp"
#include "models/bnn/images/description.hpp"
#include "models/bnn/sparsity/compression_options.hpp"
#include "models/bnn/sparsity/pruning_options.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The parameters that describe a network; network models have them as a base.
struct NetworkParameters {
  std::vector<int> units = {50};
  Activation activation = Activation::relu;
  bool residual = false;

  static Fields<NetworkParameters> fields();

  Architecture architecture(Index inputs, Index outputs, bool fan_in_scaling) const;
};

/// Those of models whose posterior can be of some of the weights.
struct PrunableNetworkParameters : NetworkParameters {
  Pruning pruning;

  static Fields<PrunableNetworkParameters> fields();
};

/// Those of models whose networks may begin with layers on images.
struct ImageNetworkParameters : PrunableNetworkParameters {
  NetworkDescription network;
  Precision precision;

  using NetworkParameters::architecture;
  static Fields<ImageNetworkParameters> fields();

  /// @throws Error (config) where the network is for images and the data are none, or its layers do not fit
  Architecture architecture(const TrainingData& data, Index outputs, bool fan_in_scaling) const {
    return architecture(data, outputs, fan_in_scaling, precision);
  }
  Architecture architecture(const TrainingData& data, Index outputs, bool fan_in_scaling, const Precision& in) const;

  /// Traits that ask the same of data before there is any fit.
  ModelTraits checking_inputs(ModelTraits traits = {}) const;
};

/// Those of models that can make their networks smaller once they are trained.
struct CompressibleNetworkParameters : ImageNetworkParameters {
  Compression compression;

  static Fields<CompressibleNetworkParameters> fields();

  /// @throws Error (config) where weights are pruned before training as well
  void check_compression() const;
};

/// What a prior variance is the variance of, where pre-activations are scaled (Architecture::fan_in_scaling).
inline constexpr const char* kPriorVarianceMeaning =
    "eta: weights and biases ~ N(0, eta) before pre-activations are divided by sqrt(fan-in + 1), that is N(0, eta / "
    "(fan-in + 1)) as others count them";

/// The parameters of training by mini-batches.
struct TrainingParameters {
  int epochs = 500;
  int batch = 100;
  double learning_rate = 0.01;
  OptimiserKind optimiser = OptimiserKind::adam;
  double momentum = 0.9;
  Schedule schedule = Schedule::constant;
  double clip_norm = 0;
  double validation = 0;
  int patience = 50;

  static Fields<TrainingParameters> fields();
};

/// The fields of a model that has both, with its own behind them.
template <class P, class Network = ImageNetworkParameters>
Fields<P> trained_network_fields(const Fields<P>& own) {
  return joined_fields<P>(Network::fields(), joined_fields<P>(TrainingParameters::fields(), own));
}

}  // namespace predcorr::models
