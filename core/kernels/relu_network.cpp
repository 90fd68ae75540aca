// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "core/kernels/learned_kernel.hpp"

namespace predcorr {
namespace {

struct ReluNetworkParameters {
  HyperParameter weight_variance = {.start = {1.414, 1.737}};
  HyperParameter bias_variance = {.start = {2.5, 2.5}};
  static Fields<ReluNetworkParameters> fields() {
    return {field("weight_variance", &ReluNetworkParameters::weight_variance, above(0),
                  "prior variance of the weights, input layer first; its length is the number of layers"),
            field("bias_variance", &ReluNetworkParameters::bias_variance, at_least(0), "the same for the biases")};
  }
  static std::vector<Learned<ReluNetworkParameters>> learned() {
    return {{"weight_variance", &ReluNetworkParameters::weight_variance},
            {"bias_variance", &ReluNetworkParameters::bias_variance}};
  }
  void start(const Matrix&, double) {}
};

/// E[relu(u) relu(v)], (u, v) ~ N(0, [a k; k b]), and its derivatives; t is the angle's complement, s = sqrt(ab - k^2).
/// The 1e-10 keeps k / s defined at equal points; it is the study's, kept so that its toy functions can be remade digit
/// for digit.
struct Rectified {
  Rectified(double k, double a, double b)
      : s(std::sqrt(std::max(a * b - k * k, 0.0)) + 1e-10),
        by_k((std::numbers::pi / 2 + std::atan(k / s)) / (2 * std::numbers::pi)),
        value(s / (2 * std::numbers::pi) + k * by_k) {}
  double s, by_k, value;
  double by_a(double a) const { return s / (4 * std::numbers::pi * a); }
};

/// The GP limit of a fully connected ReLU network with independent Gaussian weights, inputs scaled by 1/d
/// (Cho & Saul 2009; Lee et al. 2018). The defaults are the study's one-hidden-layer network.
///   K_0 = b_0 + w_0 x'z / d;   K_l = b_l + w_l E[relu(u) relu(v)],  (u, v) ~ N(0, K_{l-1})
class ReluNetwork : public LearnedKernel<ReluNetwork, ReluNetworkParameters> {
 public:
  explicit ReluNetwork(ReluNetworkParameters p) : LearnedKernel(std::move(p)) {
    require(layers() >= 2 && layers() == b_.size(), ErrorKind::config,
            "relu-network: weight_variance and bias_variance need one entry per layer, two layers or more; got {} and "
            "{}",
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
          next(i, j) = b_(l) + w_(l) * Rectified(k[below](i, j), kx[below](i), kz[below](j)).value;
      k.push_back(std::move(next));
    }
    return k;
  }

  /// The diagonal at each layer; E[relu(u)^2] = var(u) / 2, with the same 1e-10 as off it.
  std::vector<Vector> variances(const Eigen::Ref<const Matrix>& x) const {
    std::vector<Vector> k = {(x.rowwise().squaredNorm() * (w_(0) / static_cast<double>(x.cols()))).array() + b_(0)};
    for (Index l = 1; l < layers(); ++l)
      k.push_back(k.back().unaryExpr([&](double v) { return b_(l) + w_(l) * Rectified(v, v, v).value; }));
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
          const Rectified r(k[below](i, j), a, b);
          gradient(l) += g * r.value;
          by_k(i, j) = g * r.by_k;
          by_kx(i) += g * r.by_a(a);
          by_kz(j) += g * r.by_a(b);
        }
    }
    gradient(layers()) += b_(0) * (by_k.sum() + by_kx.sum() + by_kz.sum());
    gradient(0) += w_(0) / d *
                   (by_k.cwiseProduct(x * z.transpose()).sum() + by_kx.dot(x.rowwise().squaredNorm()) +
                    by_kz.dot(z.rowwise().squaredNorm()));
    if (by_z != nullptr) *by_z += w_(0) / d * (by_k.transpose() * x + 2 * by_kz.asDiagonal() * z);
  }

  /// One layer of v_l = b_l + w_l v_{l-1} / 2, backwards.
  void add_variance_layer(Index l, const Vector& below, Vector& by_v, Eigen::Ref<Vector> gradient) const {
    gradient(layers() + l) += b_(l) * by_v.sum();
    gradient(l) += w_(l) / 2 * by_v.dot(below);
    by_v *= w_(l) / 2;
  }

  void diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                         Eigen::Ref<Vector> gradient) const override {
    const std::vector<Vector> k = variances(x);
    Vector by_v = weight;
    for (Index l = layers() - 1; l > 0; --l) add_variance_layer(l, k[static_cast<std::size_t>(l - 1)], by_v, gradient);
    gradient(layers()) += b_(0) * by_v.sum();
    gradient(0) += w_(0) / static_cast<double>(x.cols()) * by_v.dot(x.rowwise().squaredNorm());
  }

  Vector w_ = parameters().weight_variance.values(), b_ = parameters().bias_variance.values();
};

PREDCORR_REGISTER(Kernel, "relu-network", ReluNetwork, ReluNetworkParameters,
                  "infinitely wide ReLU network (arc-cosine kernel), any depth", "Cho & Saul 2009; Lee et al. 2018");

}  // namespace
}  // namespace predcorr
