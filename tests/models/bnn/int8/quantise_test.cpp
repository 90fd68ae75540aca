// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/quantise.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

using test::contains;
using test::refusal_of;
using Bytes = std::vector<std::int8_t>;

VectorF normals(Index n, std::uint64_t seed) {
  VectorF x(n);
  Stream(seed).fill_normals(x);
  return x;
}

Bytes nearest(const VectorF& x, float clip) {
  Bytes q(static_cast<std::size_t>(x.size()));
  quantise_nearest(x.data(), x.size(), clip, q.data());
  return q;
}

Bytes stochastic(const VectorF& x, float clip, std::uint64_t key, Index offset = 0) {
  Bytes q(static_cast<std::size_t>(x.size()));
  quantise_stochastic(x.data(), x.size(), clip, key, offset, q.data());
  return q;
}

Bytes bytes(const Json& list) {
  Bytes q;
  for (const Json& value : list) q.push_back(value.get<std::int8_t>());
  return q;
}

TEST_CASE("Quantised values are NumPy's", "[models]") {
  for (const Json& one : test::reference("int8_reference.json")["quantised"]) {
    const VectorF x = test::vector(one["x"]).cast<float>();
    const auto clip = one["clip"].get<float>();
    CHECK(nearest(x, clip) == bytes(one["nearest"]));
    CHECK(stochastic(x, clip, std::stoull(one["key"].get<std::string>()), one["offset"].get<Index>()) ==
          bytes(one["stochastic"]));
  }
}

TEST_CASE("Rounding to the nearest is off by half a step, ties go to even", "[models]") {
  const VectorF x = normals(5000, 1);
  for (const float clip : {largest_magnitude(x.data(), x.size()), 1.0f, 0.01f}) {
    const double step = quantisation_step(clip);
    const Bytes q = nearest(x, clip);
    for (Index i = 0; i < x.size(); ++i) {
      const double inside = std::clamp<double>(x(i), -clip, clip);
      REQUIRE(std::abs(step * q[static_cast<std::size_t>(i)] - inside) <= step * (0.5 + 1e-5));
    }
  }
  CHECK(nearest(VectorF{{0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 126.5f, 127, -127, 500, -1e30f, 3e38f}}, 127) ==
        Bytes{0, 2, 2, 0, -2, 126, 127, -127, 127, -127, 127});
}

TEST_CASE("Stochastic rounding is off by less than a step, and right on average", "[models]") {
  const VectorF x = normals(200, 2);
  const float clip = 1.5f;
  const double step = quantisation_step(clip);
  constexpr int kDraws = 4000;
  double worst = 0, chi_square = 0;
  Index fractions = 0;
  Vector sum = Vector::Zero(x.size());
  for (int t = 0; t < kDraws; ++t) {
    const Bytes q = stochastic(x, clip, rounding_key(7, static_cast<std::uint64_t>(t), 3));
    for (Index i = 0; i < x.size(); ++i) {
      const double z = step * q[static_cast<std::size_t>(i)];
      worst = std::max(worst, std::abs(z - std::clamp(x(i), -clip, clip)) / step);
      sum(i) += z;
    }
  }
  CHECK(worst < 1 + 1e-5);
  for (Index i = 0; i < x.size(); ++i) {
    const double inside = std::clamp(x(i), -clip, clip), steps = inside / step, f = steps - std::floor(steps);
    const double error = sum(i) / kDraws - inside, variance = step * step * f * (1 - f) / kDraws;
    if (std::abs(x(i)) >= clip) {
      CHECK(std::abs(error) < 1e-6);
      continue;
    }
    CHECK(std::abs(error) < 5 * std::sqrt(variance) + 1e-5 * step);
    chi_square += error * error / variance;
    ++fractions;
  }
  // As noisy as independent draws: mean `fractions`, deviation sqrt(2 fractions).
  CHECK(std::abs(chi_square - static_cast<double>(fractions)) < 4 * std::sqrt(2.0 * static_cast<double>(fractions)));
}

TEST_CASE("Draws of neighbours, of words, steps and tensors are not correlated", "[models]") {
  const Index n = 100000;
  const VectorF half = VectorF::Constant(n, 0.5f);
  const auto signs = [&](std::uint64_t key) {
    const Bytes q = stochastic(half, 127, key);
    Vector s(n);
    for (Index i = 0; i < n; ++i) s(i) = q[static_cast<std::size_t>(i)] == 0 ? -1 : 1;
    return s;
  };
  const Vector a = signs(rounding_key(1, 5, 2));
  const double bound = 4 / std::sqrt(static_cast<double>(n));
  CHECK(std::abs(a.mean()) < bound);
  for (const Index lag : {1, 2, 3, 4, 5, 8, 1024}) CHECK(std::abs(a.head(n - lag).dot(a.tail(n - lag)) / n) < bound);
  CHECK(std::abs(a.dot(signs(rounding_key(1, 6, 2))) / n) < bound);
  CHECK(std::abs(a.dot(signs(rounding_key(1, 5, 3))) / n) < bound);
  CHECK(std::abs(a.dot(signs(rounding_key(2, 5, 2))) / n) < bound);
}

TEST_CASE("A tensor in parts is quantised as it is whole", "[models]") {
  const VectorF x = normals(5003, 3);
  const Bytes whole = stochastic(x, 2, 99);
  for (const Index part : {1, 3, 7, 1024, 2001}) {
    Bytes q;
    for (Index i = 0; i < x.size(); i += part) {
      const Bytes some = stochastic(x.segment(i, std::min(part, x.size() - i)), 2, 99, i);
      q.insert(q.end(), some.begin(), some.end());
    }
    CHECK(q == whole);
  }
}

TEST_CASE("Whole steps and zero are kept by any rounding", "[models]") {
  VectorF x(255);
  for (Index i = 0; i < 255; ++i) x(i) = static_cast<float>(i - 127);
  for (const float scale : {1.0f, 0.125f, 1024.0f})
    for (std::uint64_t key = 0; key < 50; ++key) {
      const Bytes q = stochastic(x * scale, 127 * scale, key);
      for (Index i = 0; i < 255; ++i) REQUIRE(q[static_cast<std::size_t>(i)] == i - 127);
    }
}

TEST_CASE("What is zero or nearly so becomes zero, with a step of zero", "[models]") {
  const VectorF x{{0, -0.0f, 1e-38f, -1e-40f}};
  for (const float clip : {0.0f, -0.0f, 1e-38f, std::numeric_limits<float>::denorm_min()}) {
    CHECK(quantisation_step(clip) == 0);
    CHECK(nearest(x, clip) == Bytes(4, 0));
    CHECK(stochastic(x, clip, 1) == Bytes(4, 0));
  }
  CHECK(quantisation_step(127) == 1);
  CHECK(largest_magnitude(x.data(), 2) == 0);
  CHECK(largest_magnitude(x.data(), 0) == 0);
  CHECK(largest_magnitude(x.data(), 4) == 1e-38f);
}

TEST_CASE("What is not finite is refused, by its place", "[models]") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    VectorF x = normals(3000, 4);
    x(2047) = bad;
    Bytes q(3000);
    for (const std::string& message : {refusal_of([&] { largest_magnitude(x.data(), 3000); }),
                                       refusal_of([&] { quantise_nearest(x.data(), 3000, 1, q.data()); }),
                                       refusal_of([&] { quantise_stochastic(x.data(), 3000, 1, 1, 0, q.data()); })}) {
      CHECK_THAT(message, contains("numerical"));
      CHECK_THAT(message, contains("entry 2047 of 3000 is"));
    }
    CHECK_THAT(refusal_of([&] { nearest(normals(3, 5), bad); }), contains("clipping value must be finite"));
  }
  CHECK_THAT(refusal_of([] { stochastic(normals(3, 5), -1, 0); }), contains("not negative, got -1"));
}

}  // namespace
}  // namespace predcorr::models
