// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/activation.hpp"

#include <algorithm>
#include <cmath>

#include "tests/support/helpers.hpp"
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
  for (const std::string& name : activation_names()) {
    const Activation activation = activation_named(name);
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
  for (const std::string& name : activation_names()) {
    INFO(name);
    MatrixF z{{0.0f, 1e4f}, {-1e4f, 90.0f}}, slope;
    activate(activation_named(name), z, slope);
    CHECK(z(0, 0) == 0);
    CHECK(z.allFinite());
    CHECK(slope.allFinite());
  }
}

TEST_CASE("An unknown activation is named, with the nearest", "[models]") {
  const std::string message = test::error_of([] { activation_named("rleu"); });
  CHECK(message.starts_with("config: unknown activation 'rleu'"));
  CHECK(message.find("relu") != std::string::npos);
}

}  // namespace
}  // namespace predcorr::models
