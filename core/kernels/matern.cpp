// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/kernel.hpp"

namespace predcorr {
namespace {

struct MaternParameters {
  std::string smoothness = "5/2";
  double variance = 1;
  std::vector<double> length_scale = {1};
  static Fields<MaternParameters> fields() {
    return {
        field("smoothness", &MaternParameters::smoothness, one_of({"1/2", "3/2", "5/2"}),
              "nu: functions are differentiable nu - 1/2 times"),
        field("variance", &MaternParameters::variance, above(0), "k(x, x), squared output units"),
        field("length_scale", &MaternParameters::length_scale, above(0), "input units; one, or one for each input")};
  }
};

/// With r the scaled distance: exp(-r); (1 + a) exp(-a), a = sqrt(3) r; (1 + a + a^2/3) exp(-a), a = sqrt(5) r.
/// Rasmussen & Williams 2006, eq. 4.17.
class Matern : public Kernel {
 public:
  explicit Matern(MaternParameters p) : p_(std::move(p)), scales_(checked_length_scales(p_.length_scale)) {}

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    const double twice_nu = p_.smoothness[0] - '0';
    const Eigen::ArrayXXd a = (scaled_squared_distances(x, z, scales_).array() * twice_nu).sqrt();
    const Eigen::ArrayXXd decay = p_.variance * (-a).exp();
    if (p_.smoothness == "1/2") return decay;
    if (p_.smoothness == "3/2") return (1 + a) * decay;
    return (1 + a + a.square() / 3) * decay;
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return Vector::Constant(x.rows(), p_.variance); }

 private:
  MaternParameters p_;
  Vector scales_;
};

PREDCORR_REGISTER(Kernel, "matern", Matern, MaternParameters, "Matern kernel, functions of limited smoothness",
                  "Rasmussen & Williams 2006, eq. 4.17");

}  // namespace
}  // namespace predcorr
