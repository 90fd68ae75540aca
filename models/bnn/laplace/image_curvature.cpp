// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>

#include "core/linalg/tiles.hpp"
#include "models/bnn/engine/kronecker.hpp"
#include "models/bnn/laplace/laplace_curvature.hpp"

namespace predcorr::models {
namespace {

constexpr Index kImages = 16;             // of a block: their values between layers stay in the caches
constexpr Index kFactorFloats = 1 << 26;  // of points x weights at a time: 256 MiB
constexpr Index kPanel = 1024;            // weights whose products are summed in double at a time

/// U, V; empty: the identity.
struct BlockBasis {
  MatrixF outputs, columns;
};

class ImageCurvature : public DiagonalisedCurvature {
 public:
  ImageCurvature(const Network& network, const VectorF& parameters, const Matrix& inputs, bool layerwise)
      : DiagonalisedCurvature(network, parameters, 0, layerwise), bases_(blocks_.size()) {
    const auto n = static_cast<double>(inputs.rows());
    std::map<const ImageLayer*, ConvolutionSums> sums;
    std::vector<KroneckerFactors> dense;
    for (const Network::Layer& layer : layers()) dense.push_back(KroneckerFactors::zero(layer));
    for (const WeightBlock& block : blocks_) curvatures_.push_back(Matrix::Zero(block.outputs, block.columns));
    for_images(inputs, &sums, [&](Index, const MatrixF& jacobian, const Network::Workspace& work) {
      const std::vector<LayerGradients> rows = layer_gradients(network_, work);
      for (std::size_t l = 0; l < dense.size(); ++l) dense[l].add(rows[l], 1 / n);
      for (std::size_t b = 0; b < blocks_.size(); ++b)
        for (Index i = 0; i < (blocks_[b].is_grouped() ? jacobian.cols() : 0); ++i)
          curvatures_[b] += gradient(jacobian, i, b).cast<double>().cwiseAbs2();
    });
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (blocks_[b].is_grouped()) continue;
      const ConvolutionSums* sum = blocks_[b].layer == nullptr ? nullptr : &sums.at(blocks_[b].layer);
      const KroneckerSpectrum spectrum(sum == nullptr ? dense[b - block_of(0)]
                                                      : KroneckerFactors{sum->inputs / n, sum->deltas / n});
      curvatures_[b] = n * spectrum.eigenvalues();
      bases_[b] = {spectrum.delta_basis.cast<float>(), spectrum.input_basis.cast<float>()};
    }
  }

  Covariance covariance(const Matrix& query) const override {
    const Index m = query.rows();
    if (m > weights()) {
      RowMatrixF factor(m, weights());
      fill(query, 0, blocks_.size(), factor);
      return Covariance::from_factor(std::move(factor));
    }
    Matrix latent = Matrix::Zero(m, m);
    for (std::size_t first = 0; first < blocks_.size();) {
      std::size_t last = first + 1;
      Index columns = blocks_[first].size();
      while (last < blocks_.size() && (columns + blocks_[last].size()) * m <= kFactorFloats)
        columns += blocks_[last++].size();
      RowMatrixF factor(m, columns);
      fill(query, first, last, factor);
      for (Index at = 0; at < columns; at += kPanel)
        subtract_gram(Matrix(factor.middleCols(at, std::min(kPanel, columns - at)).cast<double>()), latent);
      first = last;
    }
    return Covariance::dense(-latent);
  }

 private:
  /// Calls body(first row, weights x some rows, workspace).
  template <class Body>
  void for_images(const Matrix& rows, std::map<const ImageLayer*, ConvolutionSums>* sums, const Body& body) const {
    Network::Workspace work;
    MatrixF jacobian;
    for (Index first = 0; first < rows.rows(); first += kImages) {
      const NetworkInputs inputs = network_.inputs_of(rows.middleRows(first, std::min(kImages, rows.rows() - first)));
      network_.forward(parameters_, inputs, work);
      network_.jacobian(0, work, jacobian, sums);
      body(first, jacobian, work);
    }
  }

  Eigen::Map<const MatrixF> gradient(const MatrixF& jacobian, Index i, std::size_t b) const {
    return {&jacobian(blocks_[b].at, i), blocks_[b].outputs, blocks_[b].columns};
  }

  /// Rows of J H^-1/2 for the weights of blocks first to last - 1.
  void fill(const Matrix& query, std::size_t first, std::size_t last, RowMatrixF& factor) const {
    std::vector<Eigen::ArrayXXf> stddev;
    for (std::size_t b = first; b < last; ++b) stddev.push_back(stddev_[b].cast<float>());
    for_images(query, nullptr, [&](Index row, const MatrixF& jacobian, const Network::Workspace&) {
      MatrixF rotated;
      for (Index i = 0; i < jacobian.cols(); ++i) {
        Index at = 0;
        for (std::size_t b = first; b < last; ++b) {
          const BlockBasis& basis = bases_[b];
          if (basis.columns.size() == 0)
            rotated = gradient(jacobian, i, b);
          else
            rotated.noalias() = basis.outputs.transpose() * (gradient(jacobian, i, b) * basis.columns);
          rotated.array() *= stddev[b - first];
          factor.row(row + i).segment(at, rotated.size()) = rotated.reshaped().transpose();
          at += rotated.size();
        }
      }
    });
  }

  std::vector<BlockBasis> bases_;
};

}  // namespace

std::unique_ptr<Curvature> image_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                           bool layerwise) {
  return std::make_unique<ImageCurvature>(network, parameters, inputs, layerwise);
}

}  // namespace predcorr::models
