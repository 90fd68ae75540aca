// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/arithmetic/activation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/float_functions.hpp"

namespace predcorr::models {

EnumWords<Activation> words_of(Activation) {
  return {{"relu", Activation::relu}, {"tanh", Activation::tanh}, {"silu", Activation::silu}, {"erf", Activation::erf}};
}

void activate(Activation activation, Eigen::Ref<MatrixF> z, MatrixF& slope) {
  auto values = z.array();
  switch (activation) {
    case Activation::relu:
      slope.resizeLike(z);
      for (Index j = 0; j < z.cols(); ++j) {  // a plain loop, which compilers turn into masks
        float* value = &z(0, j);
        float* rate = &slope(0, j);
        for (Index i = 0; i < z.rows(); ++i) {
          rate[i] = value[i] > 0 ? 1.0f : 0.0f;
          value[i] = std::max(value[i], 0.0f);
        }
      }
      break;
    case Activation::tanh:
      tanh_in_place(z);
      slope = 1 - values.square();
      break;
    case Activation::silu:
      slope = 1 / (1 + (-values).exp());
      values *= slope.array();
      slope.array() += values * (1 - slope.array());
      break;
    case Activation::erf:
      slope = (-values.square()).exp() * (2 * std::numbers::inv_sqrtpi_v<float>);
      z = values.unaryExpr([](float v) { return std::erf(v); });
      break;
  }
}

MatrixF curvature_of(Activation activation, const Eigen::Ref<const MatrixF>& z) {
  const auto values = z.array();
  switch (activation) {
    case Activation::relu: break;
    case Activation::tanh: {
      const Eigen::ArrayXXf t = values.tanh();
      return -2 * t * (1 - t.square());
    }
    case Activation::silu: {
      const Eigen::ArrayXXf s = 1 / (1 + (-values).exp());
      return s * (1 - s) * (2 + values * (1 - 2 * s));
    }
    case Activation::erf: return -4 * std::numbers::inv_sqrtpi_v<float> * values * (-values.square()).exp();
  }
  return MatrixF::Zero(z.rows(), z.cols());
}

}  // namespace predcorr::models
