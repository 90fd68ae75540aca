// SPDX-License-Identifier: Apache-2.0
#include "core/kernel.hpp"

namespace predcorr {
namespace {

struct RbfParameters {
  double variance = 1;
  std::vector<double> length_scale = {1};
  static Fields<RbfParameters> fields() {
    return {field("variance", &RbfParameters::variance, above(0), "k(x, x), squared output units"),
            field("length_scale", &RbfParameters::length_scale, above(0), "input units; one, or one for each input")};
  }
};

/// k = v exp(-r^2 / 2), r^2 = sum_j ((x_j - z_j) / l_j)^2. Rasmussen & Williams 2006, eq. 4.9.
class Rbf : public Kernel {
 public:
  explicit Rbf(RbfParameters p) : variance_(p.variance), scales_(checked_length_scales(p.length_scale)) {}

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return variance_ * (scaled_squared_distances(x, z, scales_).array() * -0.5).exp();
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return Vector::Constant(x.rows(), variance_); }

 private:
  double variance_;
  Vector scales_;
};

PREDCORR_REGISTER(Kernel, "rbf", Rbf, RbfParameters, "squared-exponential kernel, smooth functions",
                  "Rasmussen & Williams 2006, eq. 4.9");

}  // namespace
}  // namespace predcorr
