// SPDX-License-Identifier: Apache-2.0
#include "core/base/float_functions.hpp"

#include <cmath>
#include <limits>

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

constexpr float kStep = std::numeric_limits<float>::epsilon();

TEST_CASE("sine and cosine of floats are those of double precision, rounded", "[core]") {
  const VectorF angle = VectorF::LinSpaced(1003, -100.0f, 100.0f);
  VectorF sine(angle.size()), cosine(angle.size());
  sine_and_cosine(angle, sine, cosine);
  for (Index i = 0; i < angle.size(); ++i) {
    INFO(angle(i));
    CHECK(std::abs(sine(i) - std::sin(static_cast<double>(angle(i)))) <= kStep);
    CHECK(std::abs(cosine(i) - std::cos(static_cast<double>(angle(i)))) <= kStep);
  }
}

TEST_CASE("hyperbolic tangents of floats are those of double precision, rounded", "[core]") {
  MatrixF values = VectorF::LinSpaced(803, -12.0f, 12.0f).replicate(1, 2);
  const MatrixF before = values;
  tanh_in_place(values);
  for (Index i = 0; i < values.size(); ++i) {
    INFO(before(i));
    const double exact = std::tanh(static_cast<double>(before(i)));
    CHECK(std::abs(values(i) - exact) <= 5 * kStep * std::abs(exact));
  }
}

TEST_CASE("a float's function does not depend on where it stands", "[core]") {
  const VectorF angle = VectorF::LinSpaced(37, -3.0f, 5.0f);
  VectorF sine(37), cosine(37);
  sine_and_cosine(angle, sine, cosine);
  for (Index first = 1; first < 20; ++first) {
    const Index n = angle.size() - first;
    VectorF s(n), c(n);
    sine_and_cosine(angle.tail(n), s, c);
    CHECK(s == sine.tail(n));
    CHECK(c == cosine.tail(n));
  }
}

TEST_CASE("square roots of floats are correctly rounded, so the same on every processor", "[core]") {
  const VectorF values = VectorF::LinSpaced(1001, 0.001f, 70.0f);
  const VectorF roots = values.array().sqrt(), reciprocals = values.array().rsqrt();
  for (Index i = 0; i < values.size(); ++i) {
    CHECK(roots(i) == static_cast<float>(std::sqrt(static_cast<double>(values(i)))));
    CHECK(reciprocals(i) == 1.0f / roots(i));
  }
}

}  // namespace
}  // namespace predcorr
