// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/laplace/laplace_curvature.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/tiles.hpp"
#include "models/bnn/engine/kronecker.hpp"

namespace predcorr::models {
namespace {

constexpr Index kWeightSpace = 1024;  // weights up to which p x p matrices cost nothing to speak of

/// V, U; empty: the identity.
struct LayerBasis {
  Matrix inputs, deltas;
};

class LayeredCurvature : public DiagonalisedCurvature {
 public:
  LayeredCurvature(const Network& network, const VectorF& parameters, const Matrix& inputs, bool layerwise,
                   LayerApproximation approximation)
      : DiagonalisedCurvature(network, parameters, 0, layerwise), bases_(network.layers().size()) {
    const Index n = inputs.rows();
    const bool kronecker = approximation == LayerApproximation::kronecker;
    std::vector<KroneckerFactors> means;
    for (const Network::Layer& layer : layers()) {
      if (kronecker) means.push_back(KroneckerFactors::zero(layer));
      curvatures_.push_back(Matrix::Zero(layer.outputs, layer.inputs + 1));
    }
    for (Index first = 0; first < n; first += kGradientBlock) {
      const Index count = std::min(kGradientBlock, n - first);
      const PointGradients points = point_gradients(network_, parameters_, inputs.middleRows(first, count));
      for (std::size_t l = 0; l < layers().size(); ++l) {
        const auto& [x, delta] = points.layers[l];
        if (kronecker)
          means[l].add(points.layers[l], 1 / static_cast<double>(n));
        else
          curvatures_[l] += delta.cwiseAbs2() * x.cwiseAbs2().transpose();
      }
    }
    for (std::size_t l = 0; l < means.size(); ++l) {
      KroneckerSpectrum spectrum(means[l]);
      curvatures_[l] = static_cast<double>(n) * spectrum.eigenvalues();
      bases_[l] = {std::move(spectrum.input_basis), std::move(spectrum.delta_basis)};
    }
  }

  Covariance covariance(const Matrix& query) const override {
    const Index m = query.rows();
    if (m > weights()) {
      RowMatrixF factor(m, weights());
      Index at = 0;
      for_panels(query, [&](const Matrix& panel) {
        factor.middleCols(at, panel.cols()) = panel.cast<float>();
        at += panel.cols();
      });
      return Covariance::from_factor(std::move(factor));
    }
    Matrix latent = Matrix::Zero(m, m);
    for_panels(query, [&](const Matrix& panel) { subtract_gram(panel, latent); });
    return Covariance::dense(-latent);
  }

 private:
  /// Calls body(points x some) for parts of the factor J* H^-1/2: a layer's columns (o, i) for one i, or for one o,
  /// whichever makes fewer parts. So even a wide layer's points x weights matrix need not be there at once.
  template <class Body>
  void for_panels(const Matrix& query, const Body& body) const {
    const Index m = query.rows();
    std::vector<LayerGradients> points;  // a row each, in the spectra's coordinates
    for (const Network::Layer& layer : layers())
      points.push_back({Matrix(m, layer.inputs + 1), Matrix(m, layer.outputs)});
    for (Index first = 0; first < m; first += kGradientBlock) {
      const Index count = std::min(kGradientBlock, m - first);
      const PointGradients block = point_gradients(network_, parameters_, query.middleRows(first, count));
      for (std::size_t l = 0; l < layers().size(); ++l) {
        points[l].inputs.middleRows(first, count) = rotated(block.layers[l].inputs, bases_[l].inputs);
        points[l].deltas.middleRows(first, count) = rotated(block.layers[l].deltas, bases_[l].deltas);
      }
    }
    Matrix panel;
    for (std::size_t l = 0; l < layers().size(); ++l) {
      const auto& [x, delta] = points[l];
      const bool by_input = x.cols() <= delta.cols();
      const Matrix& few = by_input ? x : delta;
      const Matrix& many = by_input ? delta : x;
      const Eigen::ArrayXXd scale = by_input ? stddev_[l] : Eigen::ArrayXXd(stddev_[l].transpose());  // many x few
      for (Index k = 0; k < few.cols(); ++k) {
        panel = (many * scale.col(k).matrix().asDiagonal()).array().colwise() * few.col(k).array();
        body(panel);
      }
    }
  }

  static Matrix rotated(const Matrix& columns, const Matrix& basis) {
    return basis.size() == 0 ? Matrix(columns.transpose()) : Matrix(columns.transpose() * basis);
  }

  std::vector<LayerBasis> bases_;
};

}  // namespace

Curvature::Curvature(const Network& network, VectorF parameters, std::size_t first_block, bool layerwise)
    : network_(network),
      parameters_(std::move(parameters)),
      blocks_(network.weight_blocks()),
      left_(blocks_.size()),
      first_block_(first_block),
      layerwise_(layerwise) {
  const std::vector<std::int32_t>& kept = network.kept();
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const WeightBlock& block = blocks_[b];
    if (!network.is_masked()) left_[b] = consecutive_rows(0, block.size());
    for (auto i = std::lower_bound(kept.begin(), kept.end(), block.at); i != kept.end() && *i < block.at + block.size();
         ++i)
      left_[b].push_back(*i - block.at);
  }
}

double DiagonalisedCurvature::log_determinant(const LaplaceScales& scales, Vector& by_log_precision,
                                              double& by_log_noise) const {
  by_log_precision = Vector::Zero(groups());
  double value = 0;
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Eigen::ArrayXXd h = precision(b, scales);
    value += h.log().sum();
    by_log_precision(group(b)) += scales.precision(group(b)) * h.inverse().sum();
  }
  by_log_noise = by_log_precision.sum() - static_cast<double>(weights());
  return value;
}

void DiagonalisedCurvature::settle(const LaplaceScales& scales) {
  stddev_.clear();
  for (std::size_t b = 0; b < blocks_.size(); ++b) stddev_.push_back(precision(b, scales).rsqrt());
}

std::unique_ptr<Curvature> layered_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                             bool layerwise, LayerApproximation approximation) {
  return std::make_unique<LayeredCurvature>(network, parameters, inputs, layerwise, approximation);
}

EnumWords<LaplaceStructure> words_of(LaplaceStructure) {
  return {{"full", LaplaceStructure::full},
          {"kronecker", LaplaceStructure::kronecker},
          {"diagonal", LaplaceStructure::diagonal},
          {"last-layer", LaplaceStructure::last_layer}};
}

std::unique_ptr<Curvature> make_curvature(LaplaceStructure structure, const Network& network, const VectorF& parameters,
                                          const Matrix& inputs, bool layerwise) {
  const bool on_images = network.architecture().images != nullptr;
  if (network.is_masked() && (structure == LaplaceStructure::kronecker || structure == LaplaceStructure::diagonal))
    return rowwise_curvature(
        network, parameters, inputs, layerwise,
        structure == LaplaceStructure::diagonal ? LayerApproximation::diagonal : LayerApproximation::kronecker);
  if (on_images && structure == LaplaceStructure::kronecker)
    return image_curvature(network, parameters, inputs, layerwise);
  if (structure == LaplaceStructure::kronecker)
    return layered_curvature(network, parameters, inputs, layerwise, LayerApproximation::kronecker);
  if (structure == LaplaceStructure::diagonal)
    return layered_curvature(network, parameters, inputs, layerwise, LayerApproximation::diagonal);
  const std::vector<WeightBlock> blocks = network.weight_blocks();
  const std::size_t first = structure == LaplaceStructure::last_layer ? blocks.size() - 1 : 0;
  const std::vector<std::int32_t>& kept = network.kept();
  const Index weights = network.is_masked() ? kept.end() - std::lower_bound(kept.begin(), kept.end(), blocks[first].at)
                                            : network.parameter_count() - blocks[first].at;
  const LaplaceSpace space =
      weights <= std::max(kWeightSpace, inputs.rows()) ? LaplaceSpace::weights : LaplaceSpace::functions;
  return full_curvature(network, parameters, inputs, first, layerwise, space);
}

}  // namespace predcorr::models
