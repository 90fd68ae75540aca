// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "core/kernel.hpp"

namespace predcorr {
namespace {

struct ReluNetworkParameters {
  std::vector<double> weight_variance = {1.414, 1.737};
  std::vector<double> bias_variance = {2.5, 2.5};
  static Fields<ReluNetworkParameters> fields() {
    return {field("weight_variance", &ReluNetworkParameters::weight_variance, above(0),
                  "prior variance of the weights, input layer first; its length is the number of layers"),
            field("bias_variance", &ReluNetworkParameters::bias_variance, at_least(0), "the same for the biases")};
  }
};

/// The GP limit of a fully connected ReLU network with independent Gaussian weights, inputs scaled by 1/d
/// (Cho & Saul 2009; Lee et al. 2018). The defaults are the study's one-hidden-layer network.
///   K_0 = b_0 + w_0 x'z / d;   K_l = b_l + w_l E[relu(u) relu(v)],  (u, v) ~ N(0, K_{l-1})
class ReluNetwork : public Kernel {
 public:
  explicit ReluNetwork(ReluNetworkParameters p) : p_(std::move(p)) {
    require(
        p_.weight_variance.size() >= 2 && p_.weight_variance.size() == p_.bias_variance.size(), ErrorKind::config,
        "relu-network: weight_variance and bias_variance need one entry per layer, two layers or more; got {} and {}",
        p_.weight_variance.size(), p_.bias_variance.size());
  }

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    require(x.cols() == z.cols(), ErrorKind::shape, "kernel: points have {} and {} inputs", x.cols(), z.cols());
    const double d = static_cast<double>(x.cols());
    Matrix k = (x * z.transpose() * (p_.weight_variance[0] / d)).array() + p_.bias_variance[0];
    Vector kx = first_diagonal(x), kz = first_diagonal(z);
    for (std::size_t layer = 1; layer < p_.weight_variance.size(); ++layer) {
      const double w = p_.weight_variance[layer], b = p_.bias_variance[layer];
      for (Index j = 0; j < k.cols(); ++j)
        for (Index i = 0; i < k.rows(); ++i) k(i, j) = b + w * rectified(k(i, j), kx(i), kz(j));
      for (double& v : kx) v = b + w * rectified(v, v, v);
      for (double& v : kz) v = b + w * rectified(v, v, v);
    }
    return k;
  }

  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override {
    Vector k = first_diagonal(x);
    for (std::size_t layer = 1; layer < p_.weight_variance.size(); ++layer)
      for (double& v : k) v = p_.bias_variance[layer] + p_.weight_variance[layer] * rectified(v, v, v);
    return k;
  }

 private:
  Vector first_diagonal(const Eigen::Ref<const Matrix>& x) const {
    return (x.rowwise().squaredNorm() * (p_.weight_variance[0] / static_cast<double>(x.cols()))).array() +
           p_.bias_variance[0];
  }

  /// E[relu(u) relu(v)] for var u = kx, var v = kz, covariance k: (2 s + pi k + 2 k atan(k / s)) / (4 pi) with
  /// s = sqrt(kx kz - k^2). The 1e-10 keeps k / s defined at equal points; it is the study's, kept so that its
  /// toy functions can be remade digit for digit.
  static double rectified(double k, double kx, double kz) {
    const double s = std::sqrt(std::max(kx * kz - k * k, 0.0)) + 1e-10;
    return (2 * s + std::numbers::pi * k + 2 * k * std::atan(k / s)) / (4 * std::numbers::pi);
  }

  ReluNetworkParameters p_;
};

PREDCORR_REGISTER(Kernel, "relu-network", ReluNetwork, ReluNetworkParameters,
                  "infinitely wide ReLU network (arc-cosine kernel), any depth", "Cho & Saul 2009; Lee et al. 2018");

}  // namespace
}  // namespace predcorr
