// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "core/kernels/distances.hpp"
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {
namespace {

struct SpectralMixtureParameters {
  int components = 4;
  HyperParameter weight, frequency, bandwidth;
  static Fields<SpectralMixtureParameters> fields() {
    using P = SpectralMixtureParameters;
    return {field("components", &P::components, between(1, 100), "Gaussians in the spectral density"),
            field("weight", &P::weight, above(0), "variance of each component, squared output units"),
            field("frequency", &P::frequency, above(0),
                  "centres, cycles per input unit: for each component one for each input"),
            field("bandwidth", &P::bandwidth, above(0), "standard deviations about the centres, in the same order")};
  }
  static std::vector<Learned<SpectralMixtureParameters>> learned() {
    using P = SpectralMixtureParameters;
    return {{"weight", &P::weight}, {"frequency", &P::frequency}, {"bandwidth", &P::bandwidth}};
  }

  /// Equal weights; centres evenly spread up to half a cycle per typical distance, bandwidths of an RBF kernel.
  void start(const Matrix& inputs, double v) {
    const Index d = inputs.cols(), q = components;
    const Vector lengths = median_length_scales(inputs);
    Vector centres(q * d), spreads(q * d);
    for (Index k = 0; k < q; ++k)
      for (Index c = 0; c < d; ++c) {
        centres(k * d + c) = 0.5 * (static_cast<double>(k) + 0.5) / (static_cast<double>(q) * lengths(c));
        spreads(k * d + c) = 1 / (2 * std::numbers::pi * lengths(c));
      }
    if (weight.start.empty() && v == 0 && q == 1) weight.learn = false;  // a scale that another factor learns
    weight = started(weight, Vector::Constant(q, (v > 0 ? v : 1.0) / static_cast<double>(q)));
    frequency = started(frequency, centres);
    bandwidth = started(bandwidth, spreads);
  }
};

/// sum_q w_q prod_c exp(-2 pi^2 t_c^2 b_qc^2) cos(2 pi t_c m_qc), t = x - z: any stationary covariance, by its
/// spectral density. Wilson & Adams 2013, eq. 12.
class SpectralMixture : public LearnedKernel<SpectralMixture, SpectralMixtureParameters> {
 public:
  using LearnedKernel::LearnedKernel;

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    check(x, z);
    Matrix k = Matrix::Zero(x.rows(), z.rows());
    for (Index q = 0; q < w_.size(); ++q) k.array() += w_(q) * component(x, z, q);
    return k;
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return Vector::Constant(x.rows(), w_.sum()); }

 private:
  static constexpr double kTwoPi = 2 * std::numbers::pi;

  static Eigen::ArrayXXd lag(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z, Index c) {
    return (x.col(c).replicate(1, z.rows()).rowwise() - z.col(c).transpose()).array();
  }

  Eigen::ArrayXXd component(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z, Index q) const {
    Eigen::ArrayXXd exponent = Eigen::ArrayXXd::Zero(x.rows(), z.rows()), waves = exponent + 1;
    for (Index c = 0; c < x.cols(); ++c) {
      const Eigen::ArrayXXd t = lag(x, z, c) * kTwoPi;
      exponent -= 0.5 * (t * b_(q * x.cols() + c)).square();
      waves *= (t * m_(q * x.cols() + c)).cos();
    }
    return waves * exponent.exp();
  }

  void check(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const {
    require(x.cols() == z.cols(), ErrorKind::shape, "kernel: points have {} and {} inputs", x.cols(), z.cols());
    const Index q = parameters().components;
    require(w_.size() == q && m_.size() == q * x.cols() && b_.size() == q * x.cols(), ErrorKind::shape,
            "spectral-mixture: {} components of {} inputs need {} weights, {} frequencies and {} bandwidths, got {}, "
            "{} and {}",
            q, x.cols(), q, q * x.cols(), q * x.cols(), w_.size(), m_.size(), b_.size());
  }

  void cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                      const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                      Matrix* by_z) const override {
    check(x, z);
    const Index d = x.cols(), qs = w_.size();
    for (Index q = 0; q < qs; ++q) {
      Eigen::ArrayXXd decay = Eigen::ArrayXXd::Zero(x.rows(), z.rows());
      std::vector<Eigen::ArrayXXd> cosines;
      for (Index c = 0; c < d; ++c) {
        const Eigen::ArrayXXd t = lag(x, z, c) * kTwoPi;
        decay -= 0.5 * (t * b_(q * d + c)).square();
        cosines.push_back((t * m_(q * d + c)).cos());
      }
      const Eigen::ArrayXXd scaled = w_(q) * weight.array() * decay.exp();
      Eigen::ArrayXXd weighted = scaled;
      for (const auto& cosine : cosines) weighted *= cosine;
      gradient(q) += weighted.sum();
      for (Index c = 0; c < d; ++c) {
        const double m = m_(q * d + c), b = b_(q * d + c);
        const Eigen::ArrayXXd t = lag(x, z, c) * kTwoPi;
        // The wave of input c is replaced by its derivative: a division by the cosine would fail at its zeros.
        Eigen::ArrayXXd by_wave = -scaled * (t * m).sin();
        for (Index other = 0; other < d; ++other)
          if (other != c) by_wave *= cosines[static_cast<std::size_t>(other)];
        gradient(qs + q * d + c) += (by_wave * t).sum() * m;
        gradient(qs + qs * d + q * d + c) -= (weighted * (t * b).square()).sum();
        if (by_z != nullptr)
          by_z->col(c) += kTwoPi * (weighted * t * (b * b) - by_wave * m).colwise().sum().matrix().transpose();
      }
    }
  }
  void diagonal_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>& weight,
                         Eigen::Ref<Vector> gradient) const override {
    gradient.head(w_.size()) += w_ * weight.sum();
  }

  Vector w_ = parameters().weight.values(), m_ = parameters().frequency.values(), b_ = parameters().bandwidth.values();
};

PREDCORR_REGISTER(Kernel, "spectral-mixture", SpectralMixture, SpectralMixtureParameters,
                  "any stationary covariance, as a mixture of Gaussians in its spectrum",
                  "Wilson & Adams 2013, eq. 12");

}  // namespace
}  // namespace predcorr
