// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/arithmetic/activation.hpp"

#include <algorithm>
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

double exact(Activation activation, double z) {
  switch (activation) {
    case Activation::relu: return std::max(z, 0.0);
    case Activation::tanh: return std::tanh(z);
    case Activation::silu: return z / (1 + std::exp(-z));
    case Activation::erf: return std::erf(z);
  }
  return 0;
}

TEST_CASE("Activations and their slopes", "[models]") {
  for (const auto& [name, activation] : words_of(Activation{})) {
    MatrixF z = VectorF::LinSpaced(34, -6.3f, 6.5f).reshaped(17, 2), slope;
    const MatrixF before = z;
    activate(activation, z, slope);
    for (Index i = 0; i < z.size(); ++i) {
      const double at = before(i), step = 1e-5;
      INFO(name << " at " << at);
      CHECK(z(i) == Approx(exact(activation, at)).epsilon(1e-5).margin(1e-6));
      const double difference = (exact(activation, at + step) - exact(activation, at - step)) / (2 * step);
      CHECK(slope(i) == Approx(difference).epsilon(1e-5).margin(2e-6));
    }
  }
}

TEST_CASE("Activations far out stay finite, and leave padding zero", "[models]") {
  for (const auto& [name, activation] : words_of(Activation{})) {
    INFO(name);
    MatrixF z{{0.0f, 1e4f}, {-1e4f, 90.0f}}, slope;
    activate(activation, z, slope);
    CHECK(z(0, 0) == 0);
    CHECK(z.allFinite());
    CHECK(slope.allFinite());
  }
}

TEST_CASE("Activations have words", "[models]") {
  CHECK(all_words<Activation>() == std::vector<std::string>{"relu", "tanh", "silu", "erf"});
  CHECK(test::error_of([] { test::model("bbb", {{"activation", "rleu"}}); }) ==
        "config: test.parameters.activation: must be one of relu, tanh, silu, erf, got \"rleu\"");
}

}  // namespace
}  // namespace predcorr::models
