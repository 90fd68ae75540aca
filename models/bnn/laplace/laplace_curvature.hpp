// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/plugins/parameters.hpp"
#include "core/prediction/covariance.hpp"
#include "models/bnn/engine/network.hpp"

namespace predcorr::models {

/// The numbers that the Laplace approximation's evidence decides on.
struct LaplaceScales {
  double noise_variance = 0;
  Vector precision;  ///< of the weights' prior N(0, 1 / precision): one number for all layers, or one for each
};

/// The curvature H = sum_i J_i' J_i / noise_variance + precision of a network's negative log posterior in Gauss-Newton
/// form at given parameters, J_i the gradient of the output at training row i; or an approximation of it. One output.
class Curvature {
 public:
  virtual ~Curvature() = default;

  /// The network's matrices of weights (Network::weight_blocks) from this one on have a posterior, those before are
  /// kept as they are, and so is what belongs to no matrix: batch normalisation.
  std::size_t first_block() const { return first_block_; }

  /// Which entry of LaplaceScales::precision is block b's, and how many there are.
  Index group(std::size_t b) const {
    return layerwise_ && b > first_block_ ? static_cast<Index>(b - first_block_) : Index{0};
  }
  Index groups() const { return group(blocks_.size() - 1) + 1; }

  /// How many numbers of block b there are, those pruned not counted.
  Index size(std::size_t b) const { return std::ssize(left_[b]); }

  /// log |H|.  @param by_log_precision written: its derivatives by the logarithms of the precisions
  /// @param by_log_noise written: the derivative by the noise variance's logarithm
  virtual double log_determinant(const LaplaceScales& scales, Vector& by_log_precision, double& by_log_noise) const = 0;

  /// Fixes the scales; `covariance` may be called from then on.
  virtual void settle(const LaplaceScales& scales) = 0;

  /// J* H^-1 J*' for the gradients J* at the query points. A factor, points x parameters in float, where there are
  /// more points than parameters; otherwise dense.
  virtual Covariance covariance(const Matrix& query) const = 0;

 protected:
  Curvature(const Network& network, VectorF parameters, std::size_t first_block, bool layerwise);

  const std::vector<Network::Layer>& layers() const { return network_.layers(); }
  /// Fully connected layers come last.
  std::size_t block_of(std::size_t layer) const { return blocks_.size() - layers().size() + layer; }
  std::size_t first_layer() const { return first_block_ - block_of(0); }
  /// How many weights have a posterior.
  Index weights() const {
    Index sum = 0;
    for (std::size_t b = first_block_; b < blocks_.size(); ++b) sum += size(b);
    return sum;
  }
  /// Where block b's are among them.
  Index at(std::size_t b) const {
    Index sum = 0;
    for (std::size_t before = first_block_; before < b; ++before) sum += size(before);
    return sum;
  }

  Network network_;
  VectorF parameters_;
  std::vector<WeightBlock> blocks_;
  std::vector<std::vector<Index>> left_;  // of each block's matrix, column-major places of what is not pruned
  std::size_t first_block_;
  bool layerwise_;
};

/// A curvature whose every block is diagonal in coordinates of its own.
class DiagonalisedCurvature : public Curvature {
 public:
  double log_determinant(const LaplaceScales& scales, Vector& by_log_precision, double& by_log_noise) const override;
  void settle(const LaplaceScales& scales) override;

 protected:
  using Curvature::Curvature;

  std::vector<Matrix> curvatures_;       // by block, along each coordinate: sums over the rows, without the precision
  std::vector<Eigen::ArrayXXd> stddev_;  // of the posterior along each coordinate, once settled

 private:
  Eigen::ArrayXXd precision(std::size_t b, const LaplaceScales& scales) const {
    return curvatures_[b].array() / scales.noise_variance + scales.precision(group(b));
  }
};

/// The whole matrix. In weight space, or in function space: there J J' is the network's tangent kernel, which layers
/// make of inner products of their inputs and deltas, and no Jacobian is ever formed. With n rows and p weights:
///   weight space: p^3 for each set of scales, n p^2 once, m p^2 to predict m points;
///   function space: n^3, n^2 (sum of layers' sizes), m n^2 + m^2 n.
enum class LaplaceSpace { weights, functions };
std::unique_ptr<Curvature> full_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                          std::size_t first_block, bool layerwise, LaplaceSpace space);

/// Each layer apart, its sum of J' J by Kronecker factors (Ritter et al. 2018) in their eigenbasis, or its diagonal
/// only. Cost: cubes of layers' sizes once, p for each set of scales, m^2 p to predict m points where that is dense.
enum class LayerApproximation { kronecker, diagonal };
std::unique_ptr<Curvature> layered_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                             bool layerwise, LayerApproximation approximation);

/// The Kronecker form for networks on images. A convolution's sum of J' J is taken for n A (x) G with A the mean over
/// images of the patches' sum of a a', G that of the pixels' mean of d d' (Grosse & Martens 2016: pixels' gradients
/// uncorrelated, and alike); where channels are grouped, the diagonal alone is kept. Batch normalisation is a fixed
/// scale and shift. Cost: of the factors n pixels (window * channels)^2 for each convolution; m points are predicted
/// from their gradients, m^2 p, a few layers at a time, in at most 256 MiB of floats.
std::unique_ptr<Curvature> image_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                           bool layerwise);

/// What is left of either where weights are pruned, also on images. No Kronecker product is left of a matrix with
/// holes; kept are the blocks of its rows, g_o A restricted to the weights that row o still has, g_o the mean square of
/// its deltas: correlations of a unit's weights, none between units. Cost: of each row the cube of its weights once.
std::unique_ptr<Curvature> rowwise_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                             bool layerwise, LayerApproximation approximation);

/// What of the curvature is kept: all of it, Kronecker factors or the diagonal of each layer, all of the last layer's.
enum class LaplaceStructure { full, kronecker, diagonal, last_layer };
EnumWords<LaplaceStructure> words_of(LaplaceStructure);

/// Whether it can be had of networks on images, whose matrices are too large for the whole.
inline bool is_for_images(LaplaceStructure structure) {
  return structure == LaplaceStructure::kronecker || structure == LaplaceStructure::last_layer;
}

/// Full ones in weight space up to 1024 weights or as many as there are rows.
/// @param structure for a network on images one that is_for_images
std::unique_ptr<Curvature> make_curvature(LaplaceStructure structure, const Network& network, const VectorF& parameters,
                                          const Matrix& inputs, bool layerwise);

}  // namespace predcorr::models
