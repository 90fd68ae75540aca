// SPDX-License-Identifier: Apache-2.0
#include "tests/support/networks.hpp"

#include <cmath>

namespace predcorr::test {

Matrix activated(models::Activation activation, const Matrix& before) {
  using models::Activation;
  switch (activation) {
    case Activation::relu: return before.cwiseMax(0.0);
    case Activation::tanh: return before.array().tanh();
    case Activation::silu: return before.array() / (1 + (-before.array()).exp());
    case Activation::erf: return before.unaryExpr([](double v) { return std::erf(v); });
  }
  return {};
}

}  // namespace predcorr::test
