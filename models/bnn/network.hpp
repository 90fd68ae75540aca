// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/linalg.hpp"
#include "core/stream.hpp"

namespace predcorr::models {

/// The shape of a fully connected ReLU network. Its weights live in one flat vector, layer by layer: the weight matrix
/// (outputs x inputs, column-major), then the biases; optimisers and posteriors see only that vector.
class Network {
 public:
  /// @param fan_in_scaling  divide pre-activations by sqrt(fan-in + 1), as the study's variational networks do, so
  ///   that weights of unit variance give outputs of unit order at any width
  Network(Index inputs, const std::vector<int>& hidden, Index outputs, bool fan_in_scaling);

  Index parameter_count() const { return parameter_count_; }
  Index outputs() const { return layers_.back().outputs; }

  /// Independent normal weights, zero biases: He et al. 2015 (variance 2 / fan-in), or unit variance for weights and
  /// biases alike where pre-activations are scaled.
  VectorF initial_parameters(Stream& stream) const;

  /// What `forward` leaves for `backward`; reuse it, its matrices are then allocated once.
  struct Workspace {
    std::vector<MatrixF> activations;  ///< input, then every layer's output: units x batch
    MatrixF delta, next_delta;
  };

  /// Outputs x batch, kept in the workspace. @param x inputs x batch.  Cost: 2 * parameters * batch operations.
  const MatrixF& forward(const Eigen::Ref<const VectorF>& parameters, const Eigen::Ref<const MatrixF>& x,
                         Workspace& work) const;

  /// Gradient of the loss with respect to the parameters, given its gradient with respect to the outputs of the last
  /// `forward`. @param output_gradient outputs x batch  @param gradient written: parameter_count. Cost: twice forward.
  void backward(const Eigen::Ref<const VectorF>& parameters, const MatrixF& output_gradient, Workspace& work,
                Eigen::Ref<VectorF> gradient) const;

 private:
  struct Layer {
    Index inputs, outputs, weights_at, biases_at;
    float scale;
  };
  std::vector<Layer> layers_;
  Index parameter_count_ = 0;
  bool fan_in_scaling_;
};

}  // namespace predcorr::models
