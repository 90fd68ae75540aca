// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {
namespace {

struct ConstantParameters {
  HyperParameter variance;
  static Fields<ConstantParameters> fields() {
    return {field("variance", &ConstantParameters::variance, above(0), "squared output units")};
  }
  static std::vector<Learned<ConstantParameters>> learned() { return {{"variance", &ConstantParameters::variance}}; }
  void start(const Matrix&, double v) { start_variance(variance, v); }
};

/// k = v: an unknown level; as a factor, a scale.
class Constant : public LearnedKernel<Constant, ConstantParameters> {
 public:
  using LearnedKernel::LearnedKernel;

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return Matrix::Constant(x.rows(), z.rows(), variance_);
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return Vector::Constant(x.rows(), variance_); }

 private:
  void cross_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Matrix>&,
                      const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient, Matrix*) const override {
    gradient(0) += variance_ * weight.sum();
  }
  void diagonal_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>& weight,
                         Eigen::Ref<Vector> gradient) const override {
    gradient(0) += variance_ * weight.sum();
  }

  double variance_ = single_value(parameters().variance, "variance");
};

PREDCORR_REGISTER(Kernel, "constant", Constant, ConstantParameters, "an unknown level; as a factor, a scale",
                  "Rasmussen & Williams 2006, section 4.2");

}  // namespace
}  // namespace predcorr
