// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/network.hpp"

#include <cmath>

namespace predcorr::models {

Network::Network(Index inputs, const std::vector<int>& hidden, Index outputs, bool fan_in_scaling)
    : fan_in_scaling_(fan_in_scaling) {
  std::vector<Index> sizes = {inputs};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(outputs);
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const Index weights = sizes[l] * sizes[l + 1];
    const float scale = fan_in_scaling ? 1 / std::sqrt(static_cast<float>(sizes[l] + 1)) : 1.0f;
    layers_.push_back({sizes[l], sizes[l + 1], parameter_count_, parameter_count_ + weights, scale});
    parameter_count_ += weights + sizes[l + 1];
  }
}

VectorF Network::initial_parameters(Stream& stream) const {
  VectorF parameters = VectorF::Zero(parameter_count_);
  for (const Layer& layer : layers_) {
    const double stddev = fan_in_scaling_ ? 1.0 : std::sqrt(2.0 / static_cast<double>(layer.inputs));
    const Index random = fan_in_scaling_ ? layer.biases_at + layer.outputs : layer.biases_at;
    for (Index i = layer.weights_at; i < random; ++i) parameters(i) = static_cast<float>(stddev * stream.normal());
  }
  return parameters;
}

const MatrixF& Network::forward(const Eigen::Ref<const VectorF>& parameters, const Eigen::Ref<const MatrixF>& x,
                                Workspace& work) const {
  work.activations.resize(layers_.size() + 1);
  work.activations[0] = x;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const Eigen::Map<const MatrixF> weights(parameters.data() + layer.weights_at, layer.outputs, layer.inputs);
    const Eigen::Map<const VectorF> biases(parameters.data() + layer.biases_at, layer.outputs);
    MatrixF& out = work.activations[l + 1];
    out.noalias() = weights * work.activations[l];
    out.colwise() += biases;
    if (fan_in_scaling_) out *= layer.scale;
    if (l + 1 < layers_.size()) out = out.cwiseMax(0.0f);
  }
  return work.activations.back();
}

void Network::backward(const Eigen::Ref<const VectorF>& parameters, const MatrixF& output_gradient, Workspace& work,
                       Eigen::Ref<VectorF> gradient) const {
  work.delta = output_gradient;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    if (fan_in_scaling_) work.delta *= layer.scale;
    Eigen::Map<MatrixF> weights(gradient.data() + layer.weights_at, layer.outputs, layer.inputs);
    weights.noalias() = work.delta * work.activations[l].transpose();
    gradient.segment(layer.biases_at, layer.outputs) = work.delta.rowwise().sum();
    if (l == 0) break;
    const Eigen::Map<const MatrixF> forward_weights(parameters.data() + layer.weights_at, layer.outputs, layer.inputs);
    work.next_delta.noalias() = forward_weights.transpose() * work.delta;
    // A ReLU passes the gradient where it was active, that is where its output is positive.
    work.delta = (work.activations[l].array() > 0).select(work.next_delta.array(), 0.0f);
  }
}

}  // namespace predcorr::models
