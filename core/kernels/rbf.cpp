// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/radial.hpp"

namespace predcorr {
namespace {

struct RbfParameters {
  HyperParameter variance, length_scale;
  static Fields<RbfParameters> fields() {
    return {field("variance", &RbfParameters::variance, above(0), kVarianceMeaning),
            field("length_scale", &RbfParameters::length_scale, above(0), kLengthScaleMeaning)};
  }
  static std::vector<Learned<RbfParameters>> learned() {
    return {{"variance", &RbfParameters::variance}, {"length_scale", &RbfParameters::length_scale}};
  }
  void start(const Matrix& inputs, double v) {
    start_variance(variance, v);
    length_scale = started(length_scale, median_length_scales(inputs));
  }
};

/// f(s) = exp(-s / 2). Rasmussen & Williams 2006, eq. 4.9.
class Rbf : public Radial<Rbf, RbfParameters> {
 public:
  using Radial::Radial;

 private:
  void to_values_in_place(Matrix& s) const override { s = (-0.5 * s.array()).exp(); }
  Matrix slope(const Matrix& s) const override { return -0.5 * (-0.5 * s.array()).exp(); }
};

PREDCORR_REGISTER(Kernel, "rbf", Rbf, RbfParameters, "squared-exponential kernel, smooth functions",
                  "Rasmussen & Williams 2006, eq. 4.9");

}  // namespace
}  // namespace predcorr
