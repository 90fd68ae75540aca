// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/compression/surgery.hpp"
#include "tests/support/catch.hpp"

namespace predcorr::test {

/// Inputs to outputs, no more; Fisher information whose Kronecker form is exact, for it is made of factors.
struct KnownFisher {
  models::FittedNetwork fitted;
  models::FisherInformation fisher;

  explicit KnownFisher(const models::Architecture& architecture, std::uint64_t seed = 1)
      : fitted{models::Network(architecture), {}} {
    Stream stream(seed);
    fitted.weights = fitted.network.initial_parameters(stream);
    for (const models::Network::Layer& layer : fitted.network.layers())
      for (Index i = 0; i < layer.outputs; ++i)  // biases that are not zero
        fitted.weights(layer.at + layer.inputs * layer.outputs + i) = static_cast<float>(stream.normal());
    fisher.diagonal = Vector::Zero(fitted.network.layout_count());
    for (const models::Network::Layer& layer : fitted.network.layers()) {
      fisher.blocks.push_back({spread(layer.inputs + 1, stream), spread(layer.outputs, stream)});
      fisher.diagonal.segment(layer.at, layer.parameters()) =
          (fisher.blocks.back().deltas.diagonal() * fisher.blocks.back().inputs.diagonal().transpose()).reshaped();
    }
  }

  /// A matrix of squares with correlations, whose eigenvalues differ much.
  static Matrix spread(Index size, Stream& stream) {
    const Matrix m = stream.normals(size * (size + 3)).reshaped(size, size + 3);
    return m * Vector::LinSpaced(size + 3, 0.2, 2).cwiseAbs2().asDiagonal() * m.transpose() / static_cast<double>(size);
  }

  Matrix weights(std::size_t layer) const { return weights_of(fitted, layer); }

  static Matrix weights_of(const models::FittedNetwork& of, std::size_t layer) {
    const models::Network::Layer& l = of.network.layers()[layer];
    VectorF storage;
    const VectorF& layout = of.network.laid_out(of.weights, storage);
    return Eigen::Map<const MatrixF>(layout.data() + l.at, l.outputs, l.inputs + 1).cast<double>();
  }

  /// What half the quadratic form of a change of a layer's weights is: tr(S D A D') / 2.
  double loss(std::size_t layer, const Matrix& change) const {
    return 0.5 * (fisher.blocks[layer].deltas * change * fisher.blocks[layer].inputs * change.transpose()).trace();
  }
};

inline MatrixF outputs_of(const models::FittedNetwork& fitted, const Matrix& rows) {
  models::Network::Workspace work;
  const models::NetworkInputs inputs = fitted.network.inputs_of(rows);
  return fitted.network.forward(fitted.weights, inputs, work).topLeftCorner(fitted.network.outputs(), rows.rows());
}

}  // namespace predcorr::test
