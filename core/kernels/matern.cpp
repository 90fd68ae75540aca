// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/kernels/radial.hpp"

namespace predcorr {
namespace {

/// 2 nu.
enum class Smoothness { half = 1, three_halves = 3, five_halves = 5 };
EnumWords<Smoothness> words_of(Smoothness) {
  return {{"1/2", Smoothness::half}, {"3/2", Smoothness::three_halves}, {"5/2", Smoothness::five_halves}};
}

struct MaternParameters {
  Smoothness smoothness = Smoothness::five_halves;
  HyperParameter variance, length_scale;
  static Fields<MaternParameters> fields() {
    return {field("smoothness", &MaternParameters::smoothness, "nu: functions are differentiable nu - 1/2 times"),
            field("variance", &MaternParameters::variance, above(0), kVarianceMeaning),
            field("length_scale", &MaternParameters::length_scale, above(0), kLengthScaleMeaning)};
  }
  static std::vector<Learned<MaternParameters>> learned() {
    return {{"variance", &MaternParameters::variance}, {"length_scale", &MaternParameters::length_scale}};
  }
  void start(const Matrix& inputs, double v) {
    start_variance(variance, v);
    length_scale = started(length_scale, median_length_scales(inputs));
  }
};

/// With a = sqrt(2 nu s): exp(-a); (1 + a) exp(-a); (1 + a + a^2/3) exp(-a). Rasmussen & Williams 2006, eq. 4.17.
class Matern : public Radial<Matern, MaternParameters> {
 public:
  using Radial::Radial;

 private:
  Eigen::ArrayXXd a(const Matrix& s) const { return (s.array() * static_cast<double>(twice_nu_)).sqrt(); }

  void to_values_in_place(Matrix& s) const override {
    const Eigen::ArrayXXd a = this->a(s);
    if (twice_nu_ == Smoothness::half)
      s = (-a).exp();
    else if (twice_nu_ == Smoothness::three_halves)
      s = (1 + a) * (-a).exp();
    else
      s = (1 + a + a.square() / 3) * (-a).exp();
  }
  Matrix slope(const Matrix& s) const override {
    const Eigen::ArrayXXd a = this->a(s);
    if (twice_nu_ == Smoothness::half) return (a > 0).select(-0.5 * (-a).exp() / a, 0.0);
    if (twice_nu_ == Smoothness::three_halves) return -1.5 * (-a).exp();
    return -5.0 / 6.0 * (1 + a) * (-a).exp();
  }

  Smoothness twice_nu_ = parameters().smoothness;
};

PREDCORR_REGISTER(Kernel, "matern", Matern, MaternParameters, "Matern kernel, functions of limited smoothness",
                  "Rasmussen & Williams 2006, eq. 4.17");

}  // namespace
}  // namespace predcorr
