// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {
namespace {

struct WhiteParameters {
  HyperParameter variance;
  static Fields<WhiteParameters> fields() {
    return {field("variance", &WhiteParameters::variance, above(0), "squared output units")};
  }
  static std::vector<Learned<WhiteParameters>> learned() { return {{"variance", &WhiteParameters::variance}}; }
  void start(const Matrix&, double v) { start_variance(variance, v); }
};

/// Noise of its own for every observation; times another kernel, noise that varies with the inputs.
class White : public LearnedKernel<White, WhiteParameters> {
 public:
  using LearnedKernel::LearnedKernel;

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return Matrix::Zero(x.rows(), z.rows());
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return Vector::Zero(x.rows()); }
  Vector white_noise(const Eigen::Ref<const Matrix>& x) const override { return Vector::Constant(x.rows(), variance_); }

  void add_white_noise_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>& weight,
                                Eigen::Ref<Vector> gradient) const override {
    if (gradient.size() > 0) gradient(0) += variance_ * weight.sum();
  }

 private:
  void cross_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Matrix>&,
                      Eigen::Ref<Vector>, Matrix*) const override {}
  void diagonal_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>&,
                         Eigen::Ref<Vector>) const override {}

  double variance_ = single_value(parameters().variance, "variance");
};

PREDCORR_REGISTER(Kernel, "white", White, WhiteParameters, "noise of its own for every observation",
                  "Rasmussen & Williams 2006, eq. 2.20");

}  // namespace
}  // namespace predcorr
