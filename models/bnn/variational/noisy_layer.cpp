// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/noisy_layer.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/linalg/cholesky.hpp"
#include "core/linalg/inverse_factor.hpp"

namespace predcorr::models {
namespace {

void average(KroneckerFactors& mean, const LayerGradients& rows, double share) {
  mean.inputs *= 1 - share;
  mean.deltas *= 1 - share;
  mean.add(rows, share / static_cast<double>(rows.inputs.cols()));
}

/// Posterior variances where the mean curvature has these eigenvalues.
Eigen::ArrayXXd variances(const Matrix& curvature, const NoisyScales& scales) {
  return (curvature.array() * (scales.rows / scales.noise_variance) + 1 / scales.prior_variance).inverse();
}

// --------------------------------------------------------------------------------------- matrix-variate normal

constexpr long kAlwaysEigenvalues = 5;  // refreshes that all look at eigenvalues; then it is every fifth

class MatrixNormalLayer : public NoisyLayer {
 public:
  explicit MatrixNormalLayer(const Network::Layer& layer) : mean_(KroneckerFactors::zero(layer)) {}
  std::unique_ptr<NoisyLayer> clone() const override { return std::make_unique<MatrixNormalLayer>(*this); }

  void observe(const LayerGradients& rows, double share) override { average(mean_, rows, share); }

  void refresh(const NoisyScales& scales) override {
    const double prior = 1 / (scales.rows * scales.prior_variance);
    posterior_inputs_.emplace(damped(scales, prior, true));
    posterior_deltas_.emplace(damped(scales, prior, false));
    step_inputs_ = inverse(damped(scales, prior + scales.damping, true));
    step_deltas_ = inverse(damped(scales, prior + scales.damping, false));
    // They cost more than all of the above, and move slowly once the mean is one of many batches.
    if (refreshes_ < kAlwaysEigenvalues || refreshes_ % kAlwaysEigenvalues == 0)
      eigenvalues_ = KroneckerSpectrum::eigenvalues(mean_);
    ++refreshes_;
  }

  void settle(const NoisyScales& scales) override { refresh(scales); }

  Matrix natural(const Matrix& gradient, const NoisyScales&) const override {
    return step_deltas_ * gradient * step_inputs_;
  }

  // With A_d = L L' and G_d = K K': K'^-1 E L^-1 has covariance A_d^-1 (x) G_d^-1.
  Matrix deviation(const Matrix& noise, const NoisyScales& scales) const override {
    const Matrix right = posterior_inputs_->unwhiten(noise.transpose()).transpose();
    return posterior_deltas_->unwhiten(right) / std::sqrt(scales.rows);
  }

  double total_variance(const NoisyScales& scales) const override {
    return inverse_trace(*posterior_inputs_) * inverse_trace(*posterior_deltas_) / scales.rows;
  }

  double unfactored_variance(const NoisyScales& scales) const override { return variances(eigenvalues_, scales).sum(); }

 private:
  /// A_d or G_d.
  Matrix damped(const NoisyScales& scales, double share, bool of_inputs) const {
    Matrix a = mean_.inputs, g = mean_.deltas / scales.noise_variance;
    constexpr double kSmallest = 1e-30;  // of a layer none of whose units is active
    const double mean_a = a.diagonal().mean(), mean_g = std::max(g.diagonal().mean(), kSmallest);
    if (g.size() == 1) {
      g(0, 0) = mean_g;
      a.diagonal().array() += share / mean_g;
    } else {
      const double pi = std::sqrt(mean_a / mean_g), root = std::sqrt(share);
      a.diagonal().array() += pi * root;
      g.diagonal().array() += root / pi;
    }
    return of_inputs ? a : g;
  }

  static Matrix inverse(Matrix matrix) {
    const Matrix identity = Matrix::Identity(matrix.rows(), matrix.cols());
    return Cholesky(std::move(matrix)).solve(identity);
  }
  static double inverse_trace(Cholesky factor) { return InverseFactor(std::move(factor)).diagonal().sum(); }

  KroneckerFactors mean_;
  std::optional<Cholesky> posterior_inputs_, posterior_deltas_;
  Matrix step_inputs_, step_deltas_;
  Matrix eigenvalues_;  // of the mean curvature, as of a recent refresh
  long refreshes_ = 0;
};

// -------------------------------------------------------------------------------------------------- eigenbasis

class EigenbasisLayer : public NoisyLayer {
 public:
  explicit EigenbasisLayer(const Network::Layer& layer) : mean_(KroneckerFactors::zero(layer)) {}
  std::unique_ptr<NoisyLayer> clone() const override { return std::make_unique<EigenbasisLayer>(*this); }

  void observe(const LayerGradients& rows, double share) override {
    average(mean_, rows, share);
    if (!spectrum_) return;
    const Matrix delta = spectrum_->delta_basis.transpose() * rows.deltas;
    const Matrix x = spectrum_->input_basis.transpose() * rows.inputs;
    const Matrix squares = delta.cwiseAbs2() * x.cwiseAbs2().transpose() / static_cast<double>(x.cols());
    batches_ += 1;
    squares_ += std::max(share, 1 / batches_) * (squares - squares_);
  }

  void refresh(const NoisyScales&) override {
    spectrum_.emplace(mean_);
    squares_ = spectrum_->eigenvalues();
    batches_ = kEarlierBatches;
  }

  void settle(const NoisyScales&) override {}  // the scales are always those given

  Matrix natural(const Matrix& gradient, const NoisyScales& scales) const override {
    const double share = 1 / (scales.rows * scales.prior_variance) + scales.damping;
    const Matrix inside = spectrum_->delta_basis.transpose() * gradient * spectrum_->input_basis;
    return outside(inside.array() / (squares_.array() / scales.noise_variance + share));
  }

  Matrix deviation(const Matrix& noise, const NoisyScales& scales) const override {
    return outside(noise.array() * variances(squares_, scales).sqrt());
  }

  double total_variance(const NoisyScales& scales) const override { return variances(squares_, scales).sum(); }

 private:
  Matrix outside(const Matrix& inside) const {
    return spectrum_->delta_basis * inside * spectrum_->input_basis.transpose();
  }

  KroneckerFactors mean_;
  std::optional<KroneckerSpectrum> spectrum_;
  Matrix squares_;
  double batches_ = 0;
};

}  // namespace

std::unique_ptr<NoisyLayer> matrix_normal_layer(const Network::Layer& layer) {
  return std::make_unique<MatrixNormalLayer>(layer);
}

std::unique_ptr<NoisyLayer> eigenbasis_layer(const Network::Layer& layer) {
  return std::make_unique<EigenbasisLayer>(layer);
}

}  // namespace predcorr::models
