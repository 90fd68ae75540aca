// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "core/kernels/radial.hpp"

namespace predcorr {
namespace {

struct PeriodicParameters {
  HyperParameter variance, length_scale, period;
  static Fields<PeriodicParameters> fields() {
    using P = PeriodicParameters;
    return {field("variance", &P::variance, above(0), kVarianceMeaning),
            field("length_scale", &P::length_scale, above(0), "in units of the period's sine; one, or one per input"),
            field("period", &P::period, above(0), "input units; one, or one for each input")};
  }
  static std::vector<Learned<PeriodicParameters>> learned() {
    using P = PeriodicParameters;
    return {{"variance", &P::variance}, {"length_scale", &P::length_scale}, {"period", &P::period}};
  }
  void start(const Matrix& inputs, double v) {
    const double root_d = std::sqrt(static_cast<double>(inputs.cols()));
    start_variance(variance, v);
    length_scale = started(length_scale, Vector::Constant(inputs.cols(), root_d));
    period = started(period, median_length_scales(inputs) * (2 / root_d));  // two typical distances
  }
};

/// v exp(-2 sum_c sin^2(pi (x_c - z_c) / p_c) / l_c^2): functions that repeat in every input.
/// MacKay 1998; Rasmussen & Williams 2006, eq. 4.31, with l in place of its scale and a period.
class Periodic : public LearnedKernel<Periodic, PeriodicParameters> {
 public:
  using LearnedKernel::LearnedKernel;

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    check(x, z);
    Matrix exponent = Matrix::Zero(x.rows(), z.rows());
    for (Index c = 0; c < x.cols(); ++c) exponent.array() -= angle(x, z, c).sin().square() * rate(c);
    return variance_ * exponent.array().exp();
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return Vector::Constant(x.rows(), variance_); }

 private:
  static double entry(const Vector& values, Index c) { return values(values.size() == 1 ? 0 : c); }
  double rate(Index c) const { return 2 / std::pow(entry(scales_, c), 2); }

  Eigen::ArrayXXd angle(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z, Index c) const {
    return (x.col(c).replicate(1, z.rows()).rowwise() - z.col(c).transpose()).array() *
           (std::numbers::pi / entry(periods_, c));
  }

  void check(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const {
    require(x.cols() == z.cols(), ErrorKind::shape, "kernel: points have {} and {} inputs", x.cols(), z.cols());
    for (const Vector& v : {scales_, periods_})
      require(v.size() == 1 || v.size() == x.cols(), ErrorKind::shape,
              "periodic: length_scale and period must have 1 or {} entries, one for each input, got {}", x.cols(),
              v.size());
  }

  void cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                      const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                      Matrix* by_z) const override {
    const Eigen::ArrayXXd weighted = cross(x, z).cwiseProduct(weight).array();
    gradient(0) += weighted.sum();
    for (Index c = 0; c < x.cols(); ++c) {
      const Eigen::ArrayXXd a = angle(x, z, c), sine = a.sin();
      const Eigen::ArrayXXd by_angle = weighted * 2 * rate(c) * sine * a.cos();  // -dk/da
      gradient(1 + (scales_.size() == 1 ? 0 : c)) += 2 * rate(c) * (weighted * sine.square()).sum();
      gradient(1 + scales_.size() + (periods_.size() == 1 ? 0 : c)) += (by_angle * a).sum();
      if (by_z != nullptr)
        by_z->col(c) += (by_angle.colwise().sum() * (std::numbers::pi / entry(periods_, c))).matrix().transpose();
    }
  }
  void diagonal_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>& weight,
                         Eigen::Ref<Vector> gradient) const override {
    gradient(0) += variance_ * weight.sum();
  }

  double variance_ = single_value(parameters().variance, "variance");
  Vector scales_ = parameters().length_scale.values(), periods_ = parameters().period.values();
};

PREDCORR_REGISTER(Kernel, "periodic", Periodic, PeriodicParameters, "functions that repeat in every input",
                  "MacKay 1998; Rasmussen & Williams 2006, eq. 4.31");

}  // namespace
}  // namespace predcorr
