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

/// A block's part of H is diagonal in coordinates U' M V of a gradient M.
struct BlockSpectrum {
  Matrix curvature;                    // sum over the rows, outputs x columns
  MatrixF output_basis, column_basis;  // U, V; empty: the identity
  MatrixF stddev;                      // of the posterior along each coordinate
};

class ImageCurvature : public Curvature {
 public:
  ImageCurvature(const Network& network, const VectorF& parameters, const Matrix& inputs, bool layerwise)
      : Curvature(network, parameters, 0, layerwise), spectra_(blocks_.size()) {
    const auto n = static_cast<double>(inputs.rows());
    std::map<const ImageLayer*, ConvolutionSums> sums;
    std::vector<KroneckerFactors> dense;
    for (const Network::Layer& layer : layers()) dense.push_back(KroneckerFactors::zero(layer));
    for (std::size_t b = 0; b < blocks_.size(); ++b)
      if (blocks_[b].is_grouped()) spectra_[b].curvature = Matrix::Zero(blocks_[b].outputs, blocks_[b].columns);
    for_images(inputs, &sums, [&](Index, const MatrixF& jacobian, const Network::Workspace& work) {
      const std::vector<LayerGradients> rows = layer_gradients(network_, work);
      for (std::size_t l = 0; l < dense.size(); ++l) dense[l].add(rows[l], 1 / n);
      for (std::size_t b = 0; b < blocks_.size(); ++b)
        for (Index i = 0; i < (blocks_[b].is_grouped() ? jacobian.cols() : 0); ++i)
          spectra_[b].curvature += gradient(jacobian, i, b).cast<double>().cwiseAbs2();
    });
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (blocks_[b].is_grouped()) continue;
      const ConvolutionSums* sum = blocks_[b].layer == nullptr ? nullptr : &sums.at(blocks_[b].layer);
      const KroneckerSpectrum spectrum(sum == nullptr ? dense[b - block_of(0)]
                                                      : KroneckerFactors{sum->inputs / n, sum->deltas / n});
      spectra_[b] = {
          n * spectrum.eigenvalues(), spectrum.delta_basis.cast<float>(), spectrum.input_basis.cast<float>(), {}};
    }
  }

  double log_determinant(const LaplaceScales& scales, Vector& by_log_precision, double& by_log_noise) const override {
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

  void settle(const LaplaceScales& scales) override {
    for (std::size_t b = 0; b < blocks_.size(); ++b)
      spectra_[b].stddev = precision(b, scales).rsqrt().matrix().cast<float>();
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
      const NetworkInputs inputs = network_inputs(rows.middleRows(first, std::min(kImages, rows.rows() - first)));
      network_.forward(parameters_, inputs, work);
      network_.jacobian(0, work, jacobian, sums);
      body(first, jacobian, work);
    }
  }

  Eigen::Map<const MatrixF> gradient(const MatrixF& jacobian, Index i, std::size_t b) const {
    return {&jacobian(blocks_[b].at, i), blocks_[b].outputs, blocks_[b].columns};
  }

  Eigen::ArrayXXd precision(std::size_t b, const LaplaceScales& scales) const {
    return spectra_[b].curvature.array() / scales.noise_variance + scales.precision(group(b));
  }

  /// Rows of J H^-1/2 for the weights of blocks first to last - 1.
  void fill(const Matrix& query, std::size_t first, std::size_t last, RowMatrixF& factor) const {
    for_images(query, nullptr, [&](Index row, const MatrixF& jacobian, const Network::Workspace&) {
      MatrixF rotated;
      for (Index i = 0; i < jacobian.cols(); ++i) {
        Index at = 0;
        for (std::size_t b = first; b < last; ++b) {
          const BlockSpectrum& s = spectra_[b];
          if (s.column_basis.size() == 0)
            rotated = gradient(jacobian, i, b);
          else
            rotated.noalias() = s.output_basis.transpose() * (gradient(jacobian, i, b) * s.column_basis);
          rotated.array() *= s.stddev.array();
          factor.row(row + i).segment(at, rotated.size()) = rotated.reshaped().transpose();
          at += rotated.size();
        }
      }
    });
  }

  std::vector<BlockSpectrum> spectra_;
};

}  // namespace

std::unique_ptr<Curvature> image_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                           bool layerwise) {
  return std::make_unique<ImageCurvature>(network, parameters, inputs, layerwise);
}

}  // namespace predcorr::models
