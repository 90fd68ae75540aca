// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/kernels/learned_kernel.hpp"

namespace predcorr {

/// E[relu(u) relu(v)], (u, v) ~ N(0, [a k; k b]), and its derivatives; s = sqrt(ab - k^2). The derivative by k is
/// E[relu'(u) relu'(v)] (Price 1958), of which tangent kernels are made.
/// The 1e-10 keeps k / s defined at equal points; it is the study's, kept so that its toy functions can be remade digit
/// for digit.
struct ReluMoment {
  ReluMoment(double k, double a, double b)
      : s(std::sqrt(std::max(a * b - k * k, 0.0)) + 1e-10),
        by_k((std::numbers::pi / 2 + std::atan(k / s)) / (2 * std::numbers::pi)),
        value(s / (2 * std::numbers::pi) + k * by_k) {}
  double s, by_k, value;
  double by_a(double a) const { return s / (4 * std::numbers::pi * a); }

  /// d E[relu(u)^2] / d var(u)
  static double by_variance(double) { return 0.5; }
};

/// The same for the error function: 2/pi asin(2k / sqrt((1 + 2a)(1 + 2b))). Williams 1998, eq. 11. Smooth everywhere;
/// root = sqrt((1 + 2a)(1 + 2b) - 4k^2), multiplied out so that large variances do not cancel.
struct ErfMoment {
  ErfMoment(double k, double a, double b)
      : root(std::sqrt(1 + 2 * (a + b) + 4 * std::max(a * b - k * k, 0.0))),
        by_k(4 / (std::numbers::pi * root)),
        value(2 / std::numbers::pi * std::atan2(2 * k, root)),
        k_(k) {}
  double root, by_k, value;
  double by_a(double a) const { return -k_ * by_k / (1 + 2 * a); }

  static double by_variance(double v) { return 4 / (std::numbers::pi * (1 + 2 * v) * std::sqrt(1 + 4 * v)); }

 private:
  double k_;
};

/// The GP limit of a fully connected network with independent Gaussian weights, inputs scaled by 1/d:
///   K_0 = b_0 + w_0 x'z / d;   K_l = b_l + w_l E[phi(u) phi(v)],  (u, v) ~ N(0, K_{l-1})
/// Moment gives the expectation; P has the hyper-parameters `weight_variance` and `bias_variance`, in that order, with
/// one entry per layer.
template <class Self, class P, class Moment>
class NetworkKernel : public LearnedKernel<Self, P> {
 public:
  NetworkKernel(P p, const char* name) : LearnedKernel<Self, P>(std::move(p)) {
    require(layers() >= 2 && layers() == b_.size(), ErrorKind::config,
            "{}: weight_variance and bias_variance need one entry per layer, two layers or more; got {} and {}", name,
            w_.size(), b_.size());
  }

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return covariances(x, z).back();
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return variances(x).back(); }

 private:
  Index layers() const { return w_.size(); }

  /// The covariance at each layer: K_0, K_1, ...
  std::vector<Matrix> covariances(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const {
    require(x.cols() == z.cols(), ErrorKind::shape, "kernel: points have {} and {} inputs", x.cols(), z.cols());
    const std::vector<Vector> kx = variances(x), kz = variances(z);
    std::vector<Matrix> k = {(x * z.transpose() * (w_(0) / static_cast<double>(x.cols()))).array() + b_(0)};
    for (Index l = 1; l < layers(); ++l) {
      const auto below = static_cast<std::size_t>(l - 1);
      Matrix next(x.rows(), z.rows());
      for (Index j = 0; j < z.rows(); ++j)
        for (Index i = 0; i < x.rows(); ++i)
          next(i, j) = b_(l) + w_(l) * Moment(k[below](i, j), kx[below](i), kz[below](j)).value;
      k.push_back(std::move(next));
    }
    return k;
  }

  /// The diagonal at each layer.
  std::vector<Vector> variances(const Eigen::Ref<const Matrix>& x) const {
    std::vector<Vector> k = {(x.rowwise().squaredNorm() * (w_(0) / static_cast<double>(x.cols()))).array() + b_(0)};
    for (Index l = 1; l < layers(); ++l)
      k.push_back(k.back().unaryExpr([&](double v) { return b_(l) + w_(l) * Moment(v, v, v).value; }));
    return k;
  }

  void cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                      const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                      Matrix* by_z) const override {
    const double d = static_cast<double>(x.cols());
    const std::vector<Matrix> k = covariances(x, z);
    const std::vector<Vector> kx = variances(x), kz = variances(z);
    Matrix by_k = weight;
    // Down the layers: by_k is the weight on K_l, by_kx and by_kz those on the variances of the same layer.
    Vector by_kx = Vector::Zero(x.rows()), by_kz = Vector::Zero(z.rows());
    for (Index l = layers() - 1; l > 0; --l) {
      const auto below = static_cast<std::size_t>(l - 1);
      gradient(layers() + l) += b_(l) * by_k.sum();
      add_variance_layer(l, kx[below], by_kx, gradient);
      add_variance_layer(l, kz[below], by_kz, gradient);
      for (Index j = 0; j < z.rows(); ++j)
        for (Index i = 0; i < x.rows(); ++i) {
          const double a = kx[below](i), b = kz[below](j), g = w_(l) * by_k(i, j);
          const Moment m(k[below](i, j), a, b);
          gradient(l) += g * m.value;
          by_k(i, j) = g * m.by_k;
          by_kx(i) += g * m.by_a(a);
          by_kz(j) += g * m.by_a(b);
        }
    }
    gradient(layers()) += b_(0) * (by_k.sum() + by_kx.sum() + by_kz.sum());
    gradient(0) += w_(0) / d *
                   (by_k.cwiseProduct(x * z.transpose()).sum() + by_kx.dot(x.rowwise().squaredNorm()) +
                    by_kz.dot(z.rowwise().squaredNorm()));
    if (by_z != nullptr) *by_z += w_(0) / d * (by_k.transpose() * x + 2 * by_kz.asDiagonal() * z);
  }

  /// One layer of v_l = b_l + w_l E[phi(u)^2], var(u) = v_{l-1}, backwards.
  void add_variance_layer(Index l, const Vector& below, Vector& by_v, Eigen::Ref<Vector> gradient) const {
    gradient(layers() + l) += b_(l) * by_v.sum();
    for (Index i = 0; i < by_v.size(); ++i) {
      const double v = below(i), g = w_(l) * by_v(i);
      gradient(l) += g * Moment(v, v, v).value;
      by_v(i) = g * Moment::by_variance(v);
    }
  }

  void diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                         Eigen::Ref<Vector> gradient) const override {
    const std::vector<Vector> k = variances(x);
    Vector by_v = weight;
    for (Index l = layers() - 1; l > 0; --l) add_variance_layer(l, k[static_cast<std::size_t>(l - 1)], by_v, gradient);
    gradient(layers()) += b_(0) * by_v.sum();
    gradient(0) += w_(0) / static_cast<double>(x.cols()) * by_v.dot(x.rowwise().squaredNorm());
  }

  Vector w_ = this->parameters().weight_variance.values(), b_ = this->parameters().bias_variance.values();
};

/// The hyper-parameters every such kernel has.
inline constexpr const char* kWeightVarianceMeaning =
    "prior variance of the weights, input layer first; its length is the number of layers";
inline constexpr const char* kBiasVarianceMeaning = "the same for the biases";

}  // namespace predcorr
