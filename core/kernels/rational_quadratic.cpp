// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/kernels/radial.hpp"

namespace predcorr {
namespace {

struct RationalQuadraticParameters {
  HyperParameter variance, length_scale;
  HyperParameter alpha = {.start = {1}};
  static Fields<RationalQuadraticParameters> fields() {
    using P = RationalQuadraticParameters;
    return {field("variance", &P::variance, above(0), kVarianceMeaning),
            field("length_scale", &P::length_scale, above(0), kLengthScaleMeaning),
            field("alpha", &P::alpha, above(0), "the smaller, the more length-scales are mixed; RBF in the limit")};
  }
  static std::vector<Learned<RationalQuadraticParameters>> learned() {
    using P = RationalQuadraticParameters;
    return {{"variance", &P::variance}, {"length_scale", &P::length_scale}, {"alpha", &P::alpha}};
  }
  void start(const Matrix& inputs, double v) {
    start_variance(variance, v);
    length_scale = started(length_scale, median_length_scales(inputs));
  }
};

/// f(s) = u^-alpha with u = 1 + s / (2 alpha): a mixture of RBF kernels over length-scales.
/// Rasmussen & Williams 2006, eq. 4.19.
class RationalQuadratic : public Radial<RationalQuadratic, RationalQuadraticParameters> {
 public:
  using Radial::Radial;

 private:
  Eigen::ArrayXXd log_u(const Matrix& s) const { return (s.array() / (2 * alpha_)).log1p(); }

  void to_values_in_place(Matrix& s) const override { s = (-alpha_ * log_u(s)).exp(); }
  Matrix slope(const Matrix& s) const override { return -0.5 * ((-alpha_ - 1) * log_u(s)).exp(); }
  void shape_gradient(const Matrix& s, const Matrix& weight, Eigen::Ref<Vector> gradient) const override {
    const Eigen::ArrayXXd l = log_u(s);
    gradient(0) += (weight.array() * (-alpha_ * l).exp() * (0.5 * s.array() * (-l).exp() - alpha_ * l)).sum();
  }

  double alpha_ = single_value(parameters().alpha, "alpha");
};

PREDCORR_REGISTER(Kernel, "rational-quadratic", RationalQuadratic, RationalQuadraticParameters,
                  "mixture of RBF kernels of many length-scales", "Rasmussen & Williams 2006, eq. 4.19");

}  // namespace
}  // namespace predcorr
