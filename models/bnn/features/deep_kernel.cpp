// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/features/deep_kernel.hpp"

#include <cmath>
#include <numbers>

#include "core/base/parallel.hpp"
#include "core/linalg/inverse_factor.hpp"
#include "core/linalg/tiles.hpp"
#include "models/gp/exact_posterior.hpp"

namespace predcorr::models {
namespace {

class DeepKernelPosterior : public Posterior {
 public:
  DeepKernelPosterior(Network network, VectorF weights, ExactPosterior gp, std::vector<std::string> warnings)
      : network_(std::move(network)),
        weights_(std::move(weights)),
        gp_(std::move(gp)),
        warnings_(std::move(warnings)) {}

  Diagnostics diagnostics() const override { return gp_.diagnostics(); }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    Network::Workspace work;
    return gp_.posterior_at(network_features(network_, weights_, network_.inputs_of(query), work));
  }

  Network network_;
  VectorF weights_;
  ExactPosterior gp_;
  std::vector<std::string> warnings_;
};

}  // namespace

FeatureEvidence feature_evidence(const Kernel& observed, const Matrix& features, const Vector& y) {
  const Index n = features.rows();
  Matrix k(n, n);
  observed_lower_in_place(observed, features, k);
  Cholesky factor(std::move(k));
  const Vector a = factor.solve(y);
  FeatureEvidence evidence;
  evidence.log_likelihood =
      -0.5 * (y.dot(a) + factor.log_determinant() + static_cast<double>(n) * std::log(2 * std::numbers::pi));
  const InverseFactor inverse(std::move(factor));
  Matrix weight(n, n);
  for_lower_tiles(n, [&](Index i, Index j, Index) {
    const auto [row, height] = tile_range(i, n);
    const auto [col, width] = tile_range(j, n);
    auto tile = weight.block(row, col, height, width);
    tile = a.segment(row, height) * a.segment(col, width).transpose();
    inverse.subtract_tile(i, j, tile);
  });
  mirror_lower(weight);
  // Some columns of K each; every one has a part of the gradient by log parameters and all of that by its features.
  Matrix gradients = Matrix::Zero(std::ssize(observed.log_parameters()), tile_count(n));
  evidence.by_features.resize(n, features.cols());
  parallel_for(tile_count(n), [&](Index t) {
    const auto [col, width] = tile_range(t, n);
    Matrix by_z = Matrix::Zero(width, features.cols());
    observed.add_cross_gradient(features, features.middleRows(col, width), weight.middleCols(col, width),
                                gradients.col(t), &by_z);
    evidence.by_features.middleRows(col, width) = by_z;
  });
  evidence.by_log_parameters = 0.5 * gradients.rowwise().sum();
  observed.add_white_noise_gradient(features, 0.5 * weight.diagonal(), evidence.by_log_parameters);
  return evidence;
}

Matrix network_features(const Network& network, const VectorF& weights, const NetworkInputs& inputs,
                        Network::Workspace& work, Pass pass) {
  return network.forward(weights, inputs, work, pass)
      .topLeftCorner(network.outputs(), inputs.count)
      .transpose()
      .cast<double>();
}

FeatureEvidence network_evidence(const Network& network, const VectorF& weights, const NetworkInputs& inputs,
                                 const Kernel& observed, const Vector& y, Network::Workspace& work,
                                 VectorF& by_weights) {
  FeatureEvidence evidence =
      feature_evidence(observed, network_features(network, weights, inputs, work, Pass::training), y);
  MatrixF output_gradient = MatrixF::Zero(work.outputs.rows(), work.outputs.cols());
  output_gradient.topLeftCorner(network.outputs(), inputs.count) = evidence.by_features.transpose().cast<float>();
  by_weights.resize(network.parameter_count());
  network.backward(output_gradient, work, by_weights);
  return evidence;
}

std::unique_ptr<Posterior> deep_kernel_posterior(const Network& network, const VectorF& weights,
                                                 const KernelPtr& observed, const TrainingData& data,
                                                 Diagnostics search, std::vector<std::string> warnings) {
  Network::Workspace work;
  const TrainingData features{network_features(network, weights, network.inputs_of(data.inputs), work), data.targets};
  return std::make_unique<DeepKernelPosterior>(network, weights, ExactPosterior(observed, features, std::move(search)),
                                               std::move(warnings));
}

}  // namespace predcorr::models
