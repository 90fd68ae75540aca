// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// The activations whose infinite networks have kernels in closed form.
enum class KernelActivation { relu, erf };
EnumWords<KernelActivation> words_of(KernelActivation);

/// A fully connected network of infinitely many hidden units, weights and biases normal with variances w_l / fan-in and
/// b_l, written with unit-normal parameters t (the NTK parameterisation), inputs scaled by 1/d:
///   K_0 = b_0 + w_0 x'z / d,   K_l = b_l + w_l E[phi(u) phi(v)],                           (u, v) ~ N(0, K_{l-1})
///   T_0 = K_0,                 T_l = K_l + w_l E[phi'(u) phi'(v)] T_{l-1}
/// K is the covariance of its functions before training, T = df/dt(x)' df/dt(z) what training by gradient descent
/// moves them by. Jacot et al. 2018, theorem 1; Lee et al. 2019.
class NeuralTangent {
 public:
  struct Covariances {
    Matrix function;  ///< K: n x m
    Matrix tangent;   ///< T: n x m
  };

  /// @param weight_variance w_0, w_1, ...: one for each of two layers or more
  /// @param bias_variance of the same length
  NeuralTangent(KernelActivation activation, Vector weight_variance, Vector bias_variance);

  /// On all idle threads.  @param x n x d  @param z m x d  Cost: layers * n m transcendental functions.
  Covariances cross(const Matrix& x, const Matrix& z) const;

  /// cross(x, x), half of it computed and mirrored.
  Covariances gram(const Matrix& x) const;

 private:
  template <class Moment>
  void tile(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z, Eigen::Ref<Matrix> function,
            Eigen::Ref<Matrix> tangent) const;
  void any_tile(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z, Eigen::Ref<Matrix> function,
                Eigen::Ref<Matrix> tangent) const;

  KernelActivation activation_;
  Vector w_, b_;
};

}  // namespace predcorr::models
