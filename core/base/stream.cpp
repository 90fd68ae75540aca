// SPDX-License-Identifier: Apache-2.0
#include "core/base/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>
#include <utility>

#include "core/base/float_functions.hpp"
#include "core/base/hash.hpp"

namespace predcorr {

Stream::Stream(std::uint64_t seed) : key_(seed), engine_(seed) {}

Stream Stream::fork(std::string_view name, std::uint64_t index) const {
  return Stream(stable_hash(fmt::format("{:016x}/{}/{}", key_, name, index)));
}

Vector Stream::normals(Index n) {
  Vector draws(n);
  for (double& draw : draws) draw = normal();
  return draws;
}

void Stream::fill_normals(Eigen::Ref<VectorF> out) {
  constexpr Index kPairs = 64;
  constexpr float kUnit = 1.0f / (1 << 24);
  std::uint64_t counter = engine_();
  Eigen::Array<float, kPairs, 1> radius;
  VectorF angle(kPairs), sine(kPairs), cosine(kPairs), draws(2 * kPairs);
  for (Index first = 0; first < out.size(); first += 2 * kPairs) {
    for (Index i = 0; i < kPairs; ++i) {
      const std::uint64_t z = mix_bits(counter + static_cast<std::uint64_t>(i + 1) * kCounterStep);
      radius(i) = (static_cast<float>(static_cast<std::int32_t>(z >> 40)) + 0.5f) * kUnit;  // in (0, 1]
      angle(i) = static_cast<float>(static_cast<std::int32_t>((z >> 16) & 0xffffff)) * kUnit;
    }
    counter += kPairs * kCounterStep;
    radius = (-2 * radius.log()).sqrt();
    angle *= 2 * std::numbers::pi_v<float>;
    sine_and_cosine(angle, sine, cosine);
    draws.head<kPairs>() = radius * cosine.array();
    draws.tail<kPairs>() = radius * sine.array();
    const Index count = std::min(2 * kPairs, out.size() - first);
    out.segment(first, count) = draws.head(count);
  }
}

Rows Stream::permutation(Index n) {
  Rows rows = consecutive_rows(0, n);
  for (Index i = n - 1; i > 0; --i)
    std::swap(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(index(i + 1))]);
  return rows;
}

}  // namespace predcorr
