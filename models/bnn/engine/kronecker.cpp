// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/kronecker.hpp"

#include <Eigen/Eigenvalues>

#include "core/base/error.hpp"

namespace predcorr::models {
namespace {

/// @param basis null where eigenvectors are not wanted
Vector eigen(const Matrix& matrix, const char* which, Matrix* basis) {
  require(matrix.allFinite(), ErrorKind::numerical,
          "the Kronecker factor of a layer's {} is not finite; lower learning_rate", which);
  const auto wanted = basis == nullptr ? Eigen::EigenvaluesOnly : Eigen::ComputeEigenvectors;
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(matrix, wanted);
  require(solver.info() == Eigen::Success, ErrorKind::numerical,
          "the eigenvalues of the Kronecker factor of a layer's {} ({} square) do not converge", which, matrix.rows());
  if (basis != nullptr) *basis = solver.eigenvectors();
  return solver.eigenvalues().cwiseMax(0);
}

}  // namespace

std::vector<LayerGradients> layer_gradients(const Network& network, const Network::Workspace& work) {
  const Index n = work.inputs->count;
  std::vector<LayerGradients> all;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    all.push_back(
        {network.layer_inputs(work, l).topLeftCorner(layer.inputs + 1, n).cast<double>(),
         work.layers[l].delta.topLeftCorner(layer.outputs, n).cast<double>() * static_cast<double>(layer.scale)});
  }
  return all;
}

PointGradients point_gradients(const Network& network, const VectorF& parameters,
                               const Eigen::Ref<const Matrix>& rows) {
  const NetworkInputs inputs = network.inputs_of(rows);
  Network::Workspace work;
  const Vector outputs =
      network.forward(parameters, inputs, work, Pass::prediction).row(0).head(inputs.count).cast<double>();
  network.backward_deltas(Network::output_unit(work, 0), work);
  return {outputs, layer_gradients(network, work)};
}

KroneckerFactors KroneckerFactors::zero(const Network::Layer& layer) {
  return {Matrix::Zero(layer.inputs + 1, layer.inputs + 1), Matrix::Zero(layer.outputs, layer.outputs)};
}

void KroneckerFactors::add(const LayerGradients& rows, double weight) {
  const auto accumulate = [weight](const Matrix& m, Matrix& sum) {
    if (m.cols() == 0) return;
    sum.selfadjointView<Eigen::Lower>().rankUpdate(m, weight);
    sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
  };
  accumulate(rows.inputs, inputs);
  accumulate(rows.deltas, deltas);
}

KroneckerSpectrum::KroneckerSpectrum(const KroneckerFactors& factors)
    : input_values(eigen(factors.inputs, "inputs", &input_basis)),
      delta_values(eigen(factors.deltas, "deltas", &delta_basis)) {}

Matrix KroneckerSpectrum::eigenvalues(const KroneckerFactors& factors) {
  return eigen(factors.deltas, "deltas", nullptr) * eigen(factors.inputs, "inputs", nullptr).transpose();
}

}  // namespace predcorr::models
