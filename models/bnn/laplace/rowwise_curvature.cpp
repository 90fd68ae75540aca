// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "core/linalg/tiles.hpp"
#include "models/bnn/engine/kronecker.hpp"
#include "models/bnn/laplace/laplace_curvature.hpp"

namespace predcorr::models {
namespace {

constexpr Index kSomeRows = 16;  // of data, whose gradients are there at once

/// Of one output of a layer: the weights that it still has, and the eigenvectors of their inputs' factor.
struct RowBasis {
  std::vector<Index> places;  // in the flat vector
  Matrix vectors;             // empty: the identity
};

class RowwiseCurvature : public DiagonalisedCurvature {
 public:
  RowwiseCurvature(const Network& network, const VectorF& parameters, const Matrix& inputs, bool layerwise,
                   LayerApproximation approximation)
      : DiagonalisedCurvature(network, parameters, 0, layerwise) {
    const auto n = static_cast<double>(inputs.rows());
    const bool kronecker = approximation == LayerApproximation::kronecker;
    std::map<const ImageLayer*, ConvolutionSums> sums;
    std::vector<KroneckerFactors> dense;
    for (const Network::Layer& layer : layers()) dense.push_back(KroneckerFactors::zero(layer));
    Vector squares = Vector::Zero(network.parameter_count());
    for_gradients(inputs, kronecker ? &sums : nullptr,
                  [&](Index, const MatrixF& jacobian, const Network::Workspace& work) {
                    squares += jacobian.cast<double>().cwiseAbs2().rowwise().sum();
                    if (!kronecker) return;
                    const std::vector<LayerGradients> rows = layer_gradients(network_, work);
                    for (std::size_t l = 0; l < dense.size(); ++l) dense[l].add(rows[l], 1 / n);
                  });
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const WeightBlock& block = blocks_[b];
      const ConvolutionSums* sum = sums.contains(block.layer) ? &sums.at(block.layer) : nullptr;
      const bool factored = kronecker && (sum != nullptr || block.layer == nullptr);
      KroneckerFactors factors;
      if (factored && sum != nullptr) factors = {sum->inputs / n, sum->deltas / n};
      if (factored && sum == nullptr) factors = dense[b - block_of(0)];
      add_block(b, factored ? &factors : nullptr, squares, n);
    }
  }

  Covariance covariance(const Matrix& query) const override {
    const Index m = query.rows();
    RowMatrixF factor(m, weights());
    for_gradients(query, nullptr, [&](Index first, const MatrixF& jacobian, const Network::Workspace&) {
      Index at = 0;
      for (std::size_t b = 0; b < blocks_.size(); ++b) {
        Index of_block = 0;
        for (const RowBasis& row : bases_[b]) {
          Matrix gradients = jacobian(row.places, Eigen::all).cast<double>();
          if (row.vectors.size() > 0) gradients = row.vectors.transpose() * gradients;
          const auto stddev = stddev_[b].col(0).segment(of_block, gradients.rows()).matrix();
          factor.block(first, at, gradients.cols(), gradients.rows()) =
              (stddev.asDiagonal() * gradients).transpose().cast<float>();
          at += gradients.rows();
          of_block += gradients.rows();
        }
      }
    });
    if (m > weights()) return Covariance::from_factor(std::move(factor));
    Matrix latent = Matrix::Zero(m, m);
    subtract_gram(Matrix(factor.cast<double>()), latent);
    return Covariance::dense(-latent);
  }

 private:
  /// @param factors null: the diagonal
  void add_block(std::size_t b, const KroneckerFactors* factors, const Vector& squares, double n) {
    const Index outputs = blocks_[b].outputs;
    std::vector<RowBasis> rows(static_cast<std::size_t>(outputs));
    std::vector<std::vector<Index>> columns(rows.size());
    const std::vector<std::int32_t>& kept = network_.kept();
    const Index first = std::lower_bound(kept.begin(), kept.end(), blocks_[b].at) - kept.begin();
    for (std::size_t k = 0; k < left_[b].size(); ++k) {
      const auto row = static_cast<std::size_t>(left_[b][k] % outputs);
      rows[row].places.push_back(first + static_cast<Index>(k));
      columns[row].push_back(left_[b][k] / outputs);
    }
    Matrix curvature(size(b), 1);
    Index at = 0;
    for (std::size_t o = 0; o < rows.size(); ++o) {
      const Index count = std::ssize(rows[o].places);
      if (factors == nullptr) {
        curvature.col(0).segment(at, count) = squares(rows[o].places);
      } else {
        const auto g = factors->deltas(static_cast<Index>(o), static_cast<Index>(o));
        const Matrix a = factors->inputs(columns[o], columns[o]);
        require(a.allFinite(), ErrorKind::numerical,
                "the Kronecker factor of a layer's inputs is not finite; lower learning_rate");
        const Eigen::SelfAdjointEigenSolver<Matrix> solver(a);
        rows[o].vectors = solver.eigenvectors();
        curvature.col(0).segment(at, count) = n * g * solver.eigenvalues().cwiseMax(0);
      }
      at += count;
    }
    curvatures_.push_back(std::move(curvature));
    bases_.push_back(std::move(rows));
  }

  /// Calls body(first row, weights x some rows, workspace).
  template <class Body>
  void for_gradients(const Matrix& rows, std::map<const ImageLayer*, ConvolutionSums>* sums, const Body& body) const {
    Network::Workspace work;
    MatrixF jacobian;
    for (Index first = 0; first < rows.rows(); first += kSomeRows) {
      const NetworkInputs inputs = network_.inputs_of(rows.middleRows(first, std::min(kSomeRows, rows.rows() - first)));
      network_.forward(parameters_, inputs, work);
      network_.jacobian(0, work, jacobian, sums);
      body(first, jacobian, work);
    }
  }

  std::vector<std::vector<RowBasis>> bases_;
};

}  // namespace

std::unique_ptr<Curvature> rowwise_curvature(const Network& network, const VectorF& parameters, const Matrix& inputs,
                                             bool layerwise, LayerApproximation approximation) {
  return std::make_unique<RowwiseCurvature>(network, parameters, inputs, layerwise, approximation);
}

}  // namespace predcorr::models
