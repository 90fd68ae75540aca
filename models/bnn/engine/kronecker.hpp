// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "models/bnn/engine/network.hpp"

namespace predcorr::models {

/// What makes the gradients of some rows by one layer's parameters: row i's is delta_i x_i', outputs x (inputs + 1),
/// the layer's scale included in delta. In double, columns are rows of data.
struct LayerGradients {
  Matrix inputs;  ///< x: inputs + 1 (the bias's one) x rows
  Matrix deltas;  ///< outputs x rows
};

/// The same for all layers, from the last `forward` and `backward_deltas` in the workspace: their gradients by whatever
/// output gradient `backward_deltas` was given.
std::vector<LayerGradients> layer_gradients(const Network& network, const Network::Workspace& work);

/// Outputs and their gradients at some points, for networks of one output. Of networks on images those of the fully
/// connected layers.
struct PointGradients {
  Vector outputs;
  std::vector<LayerGradients> layers;
};

/// Works on one thread: callers hand it blocks of kGradientBlock points.
PointGradients point_gradients(const Network& network, const VectorF& parameters, const Eigen::Ref<const Matrix>& rows);
constexpr Index kGradientBlock = 480;

/// A layer's block of the Fisher or Gauss-Newton matrix, the sum over n rows of g g' for gradients g = vec(delta x'),
/// as a Kronecker product: n A (x) G with A the mean of x x' and G the mean of delta delta' (Martens & Grosse 2015).
/// Exact for one row, and where all rows have the same delta or the same x.
struct KroneckerFactors {
  Matrix inputs;  ///< A: inputs + 1 square
  Matrix deltas;  ///< G: outputs square

  /// Zeros, to add to.
  static KroneckerFactors zero(const Network::Layer& layer);
  /// Adds `weight` times the sums over the rows, both triangles.
  void add(const LayerGradients& rows, double weight);
};

/// The spectrum of A (x) G: with A = V diag(a) V' and G = U diag(g) U' a matrix M (outputs x inputs + 1) has the
/// coordinates U' M V, and (A (x) G) vec(M) scales their entry (o, i) by g_o a_i. What rounding leaves below 0 is 0.
struct KroneckerSpectrum {
  Matrix input_basis, delta_basis;  ///< V, U: columns are eigenvectors
  Vector input_values, delta_values;

  /// Cost: 9 (inputs^3 + outputs^3) or so.  @throws Error (numerical) if a factor is not finite
  explicit KroneckerSpectrum(const KroneckerFactors& factors);

  /// g_o a_i: outputs x (inputs + 1).
  Matrix eigenvalues() const { return delta_values * input_values.transpose(); }

  /// These alone, at a third of the cost.
  static Matrix eigenvalues(const KroneckerFactors& factors);
};

}  // namespace predcorr::models
