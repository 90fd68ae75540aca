// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/network.hpp"

namespace predcorr::models {

/// A pass through a network whose weights are independent normals, with pre-activations drawn instead of weights
/// (Kingma, Salimans & Welling 2015). In every row and unit, given the layer's inputs x there,
///   z ~ N(scale (M x + b), scale^2 (S^2 x^2 + s_b^2)),
/// M, b the weights' means and S, s_b their standard deviations: the distribution that drawn weights give z in that
/// row. Rows no longer share a draw, so a batch's gradient varies less; the outputs of different rows are therefore
/// no joint draw, and prediction must draw weights. Cost: twice that of Network's passes, and a normal for each
/// pre-activation.
class LocalReparameterisation {
 public:
  /// Matrices are padded as Network's and allocated once per size of batch.
  struct Workspace {
    struct LayerWork {
      MatrixF noise;                             ///< the N(0, 1) draws: outputs x batch (padded), the caller's to fill
      MatrixF mean, mean_transposed;             ///< scale M with scale b as its last column, and its transpose
      MatrixF variance, variance_transposed;     ///< the same of scale^2 S^2
      MatrixF inputs, squares;                   ///< inputs + 1 x batch; the first layer's inputs are the caller's
      MatrixF deviation;                         ///< of the pre-activations: outputs x batch
      MatrixF slope, delta, by_variance, after;  ///< Network's, and the gradient by the pre-activations' variances
      MatrixF back, gradient;                    ///< scratch
    };
    std::vector<LayerWork> layers;
    MatrixF outputs;
    const NetworkInputs* inputs = nullptr;
    VectorF mean_layout, stddev_layout, by_mean, by_log_stddev;  ///< of pruned networks
  };

  /// @param network must outlive this
  explicit LocalReparameterisation(const Network& network) : network_(network) {}

  /// New draws for a batch of so many (padded) columns.
  void draw_noise(Stream& stream, Index columns, Workspace& work) const;

  /// Outputs with the workspace's `noise`, as Network::forward leaves them. `inputs` must live until `backward`.
  /// @param mean, stddev of the weights: parameter_count each
  const MatrixF& forward(const Eigen::Ref<const VectorF>& mean, const Eigen::Ref<const VectorF>& stddev,
                         const NetworkInputs& inputs, Workspace& work) const;

  /// After `forward`: gradients of a loss by the means and by the logarithms of the standard deviations.
  /// @param output_gradient zero in the padding  @param by_mean, by_log_stddev written: parameter_count each
  void backward(const MatrixF& output_gradient, Workspace& work, Eigen::Ref<VectorF> by_mean,
                Eigen::Ref<VectorF> by_log_stddev) const;

 private:
  const MatrixF& layer_inputs(const Workspace& work, std::size_t l) const {
    return l == 0 ? work.inputs->columns : work.layers[l].inputs;
  }

  const Network& network_;
};

}  // namespace predcorr::models
