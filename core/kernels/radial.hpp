// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/distances.hpp"
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {

/// v f(s) with s = sum_c ((x_c - z_c) / l_c)^2 and f(0) = 1: all that RBF, Matern and rational quadratic kernels share.
/// P has the hyper-parameters `variance` and `length_scale`, and perhaps others behind them.
template <class Self, class P>
class Radial : public LearnedKernel<Self, P> {
 public:
  using Base = LearnedKernel<Self, P>;
  explicit Radial(P p) : Base(std::move(p)) {}

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    Matrix k = scaled_squared_distances(x, z, scales_);
    to_values_in_place(k);
    k *= variance_;
    return k;
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return Vector::Constant(x.rows(), variance_); }

 protected:
  /// s becomes f(s).
  virtual void to_values_in_place(Matrix& s) const = 0;
  /// f'(s); 0 where it is infinite, which happens at s = 0 only and there is multiplied by a distance of 0.
  virtual Matrix slope(const Matrix& s) const = 0;
  /// sum_ij weight_ij df / dlog of the parameters behind variance and length_scale; adds to `gradient`.
  virtual void shape_gradient(const Matrix&, const Matrix&, Eigen::Ref<Vector>) const {}

 private:
  void cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                      const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                      Matrix* by_z) const override {
    const Index d = x.cols(), scales = scales_.size();
    const Matrix s = scaled_squared_distances(x, z, scales_);
    const Matrix scaled_weight = variance_ * weight;
    const Matrix by_s = slope(s).cwiseProduct(scaled_weight);
    Matrix values = s;
    to_values_in_place(values);
    gradient(0) += values.cwiseProduct(scaled_weight).sum();
    shape_gradient(s, scaled_weight, gradient.tail(gradient.size() - 1 - scales));
    if (scales == 1) gradient(1) -= 2 * by_s.cwiseProduct(s).sum();
    if (scales == 1 && by_z == nullptr) return;
    // Differences again, not products of sums: exact also where points lie close together far from the origin.
    for (Index c = 0; c < d; ++c) {
      const double l = scales_(scales == 1 ? 0 : c);
      double by_scale = 0;
      for (Index j = 0; j < z.rows(); ++j) {
        const auto difference = x.col(c).array() - z(j, c);
        if (scales > 1) by_scale += (by_s.col(j).array() * difference.square()).sum();
        if (by_z != nullptr) (*by_z)(j, c) -= 2 / (l * l) * (by_s.col(j).array() * difference).sum();
      }
      if (scales > 1) gradient(1 + c) -= 2 / (l * l) * by_scale;
    }
  }
  void diagonal_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>& weight,
                         Eigen::Ref<Vector> gradient) const override {
    gradient(0) += variance_ * weight.sum();
  }

  double variance_ = single_value(this->parameters().variance, "variance");
  Vector scales_ = this->parameters().length_scale.values();
};

/// The two hyper-parameters every radial kernel has.
inline constexpr const char* kVarianceMeaning = "k(x, x), squared output units";
inline constexpr const char* kLengthScaleMeaning = "input units; one, or one for each input, as it starts from data";

}  // namespace predcorr
