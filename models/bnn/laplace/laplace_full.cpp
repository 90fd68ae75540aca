// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <optional>

#include "core/base/parallel.hpp"
#include "core/linalg/cholesky.hpp"
#include "core/linalg/inverse_factor.hpp"
#include "core/linalg/tiles.hpp"
#include "models/bnn/engine/kronecker.hpp"
#include "models/bnn/laplace/laplace_curvature.hpp"

namespace predcorr::models {
namespace {

Index blocks_of(Index rows) { return (rows + kGradientBlock - 1) / kGradientBlock; }
TileRange block_range(Index block, Index rows) {
  return {block * kGradientBlock, std::min(kGradientBlock, rows - block * kGradientBlock)};
}

// ------------------------------------------------------------------------------------------------- weight space

class WeightSpaceCurvature : public Curvature {
 public:
  WeightSpaceCurvature(const Network& network, const VectorF& parameters, const Matrix& inputs, std::size_t first_block,
                       bool layerwise)
      : Curvature(network, parameters, first_block, layerwise), squares_(Matrix::Zero(weights(), weights())) {
    for (Index b = 0; b < blocks_of(inputs.rows()); ++b) {
      const auto [first, count] = block_range(b, inputs.rows());
      subtract_gram(jacobian(inputs.middleRows(first, count)).transpose(), squares_);
    }
    squares_ = -squares_;
  }

  double log_determinant(const LaplaceScales& scales, Vector& by_log_precision, double& by_log_noise) const override {
    Cholesky factor = factorised(scales);
    const double value = factor.log_determinant();
    const Vector variances = InverseFactor(std::move(factor)).diagonal();
    by_log_precision = Vector::Zero(groups());
    for (std::size_t l = first_layer(); l < layers().size(); ++l)
      by_log_precision(group(block_of(l))) +=
          scales.precision(group(block_of(l))) * variances.segment(place(l), size(block_of(l))).sum();
    by_log_noise = by_log_precision.sum() - static_cast<double>(weights());
    return value;
  }

  void settle(const LaplaceScales& scales) override { settled_.emplace(factorised(scales)); }

  Covariance covariance(const Matrix& query) const override {
    const Index m = query.rows();
    if (m <= weights()) {
      Matrix rows(m, weights()), dense = Matrix::Zero(m, m);
      for (Index b = 0; b < blocks_of(m); ++b) {
        const auto [first, count] = block_range(b, m);
        rows.middleRows(first, count) = jacobian(query.middleRows(first, count));
      }
      settled_->whiten_rows_in_place(rows);
      subtract_gram(rows, dense);
      return Covariance::dense(-dense);
    }
    RowMatrixF factor(m, weights());
    parallel_for(blocks_of(m), [&](Index b) {
      const auto [first, count] = block_range(b, m);
      Matrix rows = jacobian(query.middleRows(first, count));
      settled_->whiten_rows_in_place(rows);
      factor.middleRows(first, count) = rows.cast<float>();
    });
    return Covariance::from_factor(std::move(factor));
  }

 private:
  /// Where layer l's weights are in J's columns.
  Index place(std::size_t l) const { return at(block_of(l)); }

  /// points x weights, in the weights' order.
  Matrix jacobian(const Eigen::Ref<const Matrix>& rows) const {
    const PointGradients points = point_gradients(network_, parameters_, rows);
    Matrix jacobian(rows.rows(), weights());
    for (std::size_t l = first_layer(); l < layers().size(); ++l) {
      const Matrix x = points.layers[l].inputs.transpose(), delta = points.layers[l].deltas.transpose();
      const std::vector<Index>& left = left_[block_of(l)];
      for (std::size_t k = 0; k < left.size(); ++k)
        jacobian.col(place(l) + static_cast<Index>(k)) =
            delta.col(left[k] % delta.cols()).cwiseProduct(x.col(left[k] / delta.cols()));
    }
    return jacobian;
  }

  Cholesky factorised(const LaplaceScales& scales) const {
    Matrix h = squares_ / scales.noise_variance;
    for (std::size_t l = first_layer(); l < layers().size(); ++l)
      h.diagonal().segment(place(l), size(block_of(l))).array() += scales.precision(group(block_of(l)));
    return Cholesky(std::move(h));
  }

  Matrix squares_;  // J' J
  std::optional<Cholesky> settled_;
};

// ----------------------------------------------------------------------------------------------- function space

class FunctionSpaceCurvature : public Curvature {
 public:
  FunctionSpaceCurvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                         std::size_t first_block, bool layerwise)
      : Curvature(network, parameters, first_block, layerwise),
        rows_(gradients(inputs)),
        kernels_(static_cast<std::size_t>(groups())) {
    for (Index g = 0; g < groups(); ++g) kernels_[static_cast<std::size_t>(g)] = kernel(rows_, rows_, g);
  }

  // |H| = |precision| |B| / noise^n with B = sum of kernels / precision + noise.
  double log_determinant(const LaplaceScales& scales, Vector& by_log_precision, double& by_log_noise) const override {
    Cholesky factor = factorised(scales);
    const auto n = static_cast<double>(factor.size());
    const double noise = scales.noise_variance;
    double value = factor.log_determinant() - n * std::log(noise);
    by_log_precision = Vector::Zero(groups());
    for (std::size_t l = first_layer(); l < layers().size(); ++l) {
      const auto p = static_cast<double>(size(block_of(l)));
      value += p * std::log(scales.precision(group(block_of(l))));
      by_log_precision(group(block_of(l))) += p;
    }
    // trace(B^-1 K_g) / precision_g for all groups but the last; all together they make n - noise trace(B^-1).
    double traced = 0;
    for (Index g = 0; g + 1 < groups(); ++g) {
      const double trace = factor.solve(kernels_[static_cast<std::size_t>(g)]).trace() / scales.precision(g);
      by_log_precision(g) -= trace;
      traced += trace;
    }
    const double noise_trace = noise * InverseFactor(std::move(factor)).diagonal().sum();
    by_log_precision(groups() - 1) -= n - noise_trace - traced;
    by_log_noise = noise_trace - n;
    return value;
  }

  void settle(const LaplaceScales& scales) override {
    scales_ = scales;
    settled_.emplace(factorised(scales));
    kernels_.clear();
  }

  Covariance covariance(const Matrix& query) const override {
    const std::vector<LayerGradients> points = gradients(query);
    Matrix cross = Matrix::Zero(query.rows(), settled_->size()), latent = Matrix::Zero(query.rows(), query.rows());
    for (Index g = 0; g < groups(); ++g) {
      cross += kernel(points, rows_, g) / scales_.precision(g);
      latent += kernel(points, points, g) / scales_.precision(g);
    }
    settled_->whiten_rows_in_place(cross);
    subtract_gram(cross, latent);
    latent.diagonal() = latent.diagonal().cwiseMax(0);  // rounding may leave less
    return Covariance::dense(std::move(latent));
  }

 private:
  /// Of all points, a column each.
  std::vector<LayerGradients> gradients(const Matrix& rows) const {
    std::vector<LayerGradients> all;
    for (const Network::Layer& layer : layers())
      all.push_back({Matrix(layer.inputs + 1, rows.rows()), Matrix(layer.outputs, rows.rows())});
    for (Index b = 0; b < blocks_of(rows.rows()); ++b) {
      const auto [first, count] = block_range(b, rows.rows());
      const PointGradients block = point_gradients(network_, parameters_, rows.middleRows(first, count));
      for (std::size_t l = first_layer(); l < layers().size(); ++l) {
        all[l].inputs.middleCols(first, count) = block.layers[l].inputs;
        all[l].deltas.middleCols(first, count) = block.layers[l].deltas;
      }
    }
    return all;
  }

  /// The tangent kernel of the weights of group g: sum over layers of (x_i . x_j) (delta_i . delta_j).
  Matrix kernel(const std::vector<LayerGradients>& a, const std::vector<LayerGradients>& b, Index g) const {
    Matrix sum = Matrix::Zero(a.back().inputs.cols(), b.back().inputs.cols());
    for (std::size_t l = first_layer(); l < layers().size(); ++l)
      if (group(block_of(l)) == g) add_kernel(a[l], b[l], l, sum);
    return sum;
  }

  void add_kernel(const LayerGradients& a, const LayerGradients& b, std::size_t l, Matrix& sum) const {
    if (size(block_of(l)) == layers()[l].parameters()) {
      sum.array() += (a.inputs.transpose() * b.inputs).array() * (a.deltas.transpose() * b.deltas).array();
      return;
    }
    // Output after output, of which each has inputs of its own.
    std::vector<std::vector<Index>> inputs(static_cast<std::size_t>(layers()[l].outputs));
    for (const Index i : left_[block_of(l)])
      inputs[static_cast<std::size_t>(i % layers()[l].outputs)].push_back(i / layers()[l].outputs);
    for (std::size_t o = 0; o < inputs.size(); ++o) {
      const auto row = static_cast<Index>(o);
      const Matrix x = a.inputs(inputs[o], Eigen::all) * a.deltas.row(row).asDiagonal();
      const Matrix y = b.inputs(inputs[o], Eigen::all) * b.deltas.row(row).asDiagonal();
      sum.noalias() += x.transpose() * y;
    }
  }

  Cholesky factorised(const LaplaceScales& scales) const {
    Matrix b = kernels_[0] / scales.precision(0);
    for (Index g = 1; g < groups(); ++g) b += kernels_[static_cast<std::size_t>(g)] / scales.precision(g);
    b.diagonal().array() += scales.noise_variance;
    return Cholesky(std::move(b));
  }

  std::vector<LayerGradients> rows_;
  std::vector<Matrix> kernels_;  // J J' of each group
  LaplaceScales scales_;
  std::optional<Cholesky> settled_;
};

}  // namespace

std::unique_ptr<Curvature> full_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                          std::size_t first_block, bool layerwise, LaplaceSpace space) {
  if (space == LaplaceSpace::weights)
    return std::make_unique<WeightSpaceCurvature>(network, parameters, inputs, first_block, layerwise);
  return std::make_unique<FunctionSpaceCurvature>(network, parameters, inputs, first_block, layerwise);
}

}  // namespace predcorr::models
