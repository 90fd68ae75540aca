// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/quantise.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace predcorr::models {
namespace {

constexpr Index kQuantisedBlock = 1024;  // entries between two looks at whether all were finite
constexpr Index kDrawsOfWord = 4;
constexpr int kDrawBits = 15;

/// Of floats between -2^22 and 2^22, added to this one, the low bits are the nearest integer, ties to even.
constexpr float kIntegerBits = 12582912.0f;  // 1.5 * 2^23
constexpr std::int32_t kIntegerOffset = std::bit_cast<std::int32_t>(kIntegerBits);

inline std::int32_t nearest_integer(float value) {
  return std::bit_cast<std::int32_t>(value + kIntegerBits) - kIntegerOffset;
}

/// As integers, magnitudes are in order, and infinity and what is not a number come last.
inline std::int32_t magnitude_bits(float value) { return std::bit_cast<std::int32_t>(value) & 0x7FFFFFFF; }
constexpr std::int32_t kNotFinite = 0x7F800000;

[[noreturn]] void refuse_entry(const float* x, Index n) {
  const float* bad = std::find_if(x, x + n, [](float value) { return !std::isfinite(value); });
  fail(ErrorKind::numerical, "quantisation: entries must be finite, entry {} of {} is {}", bad - x, n, *bad);
}

void check_clip(float clip) {
  require(std::isfinite(clip) && clip >= 0, ErrorKind::numerical,
          "quantisation: the clipping value must be finite and not negative, got {}", clip);
}

/// clip(value, c), c given by its bits. In integers, since compilers make no vectors of two comparisons of floats in a
/// row, each of which might trap.
inline float clipped(float value, std::int32_t clip_bits) {
  const std::int32_t sign = std::bit_cast<std::int32_t>(value) & ~0x7FFFFFFF;
  return std::bit_cast<float>(std::min(magnitude_bits(value), clip_bits) | sign);
}

/// 127 / c, or 0 where the step is: at most 2^126.
float steps_per_unit(float clip) {
  return quantisation_step(clip) > 0 ? static_cast<float>(kInt8Largest) / clip : 0.0f;
}

// Bytes may alias anything, which compilers must not fear here.

/// @return the largest magnitude_bits
std::int32_t nearest_block(const float* __restrict x, Index count, float clip, std::int8_t* __restrict q) {
  const float per_step = steps_per_unit(clip);
  const std::int32_t clip_bits = magnitude_bits(clip);
  std::int32_t largest = 0;
  for (Index i = 0; i < count; ++i) {
    largest = std::max(largest, magnitude_bits(x[i]));
    q[i] = static_cast<std::int8_t>(nearest_integer(clipped(x[i], clip_bits) * per_step));
  }
  return largest;
}

/// In parts of a step, 2^15 to each. Those of c itself are rounded twice, by less than half a part.
std::int32_t stochastic_block(const float* __restrict x, Index count, float clip, const std::uint16_t* __restrict draws,
                              std::int8_t* __restrict q) {
  constexpr float kParts = 1 << kDrawBits;
  const float per_step = steps_per_unit(clip);
  const std::int32_t clip_bits = magnitude_bits(clip);
  std::int32_t largest = 0;
  for (Index i = 0; i < count; ++i) {
    largest = std::max(largest, magnitude_bits(x[i]));
    const std::int32_t parts = nearest_integer(clipped(x[i], clip_bits) * per_step * kParts);
    q[i] = static_cast<std::int8_t>((parts + (draws[i] >> 1)) >> kDrawBits);
  }
  return largest;
}

/// Four 16-bit draws a word: numbers first + 1, first + 2, ... of the counter.
void fill_draws(std::uint64_t key, std::uint64_t first, Index words, std::uint16_t* __restrict draws) {
  std::uint64_t counter = key + first * kCounterStep;
  for (Index w = 0; w < words; ++w) {
    counter += kCounterStep;
    const std::uint64_t bits = mix_bits(counter);
    for (int i = 0; i < kDrawsOfWord; ++i) draws[w * kDrawsOfWord + i] = static_cast<std::uint16_t>(bits >> (16 * i));
  }
}

}  // namespace

float quantisation_step(float clip) {
  check_clip(clip);
  const float step = clip / static_cast<float>(kInt8Largest);
  return step < std::numeric_limits<float>::min() ? 0.0f : step;
}

float largest_magnitude(const float* x, Index n) {
  std::int32_t largest = 0;
  for (Index i = 0; i < n; ++i) largest = std::max(largest, magnitude_bits(x[i]));
  if (largest >= kNotFinite) refuse_entry(x, n);
  return std::bit_cast<float>(largest);
}

void quantise_nearest(const float* x, Index n, float clip, std::int8_t* q) {
  check_clip(clip);
  for (Index i = 0; i < n; i += kQuantisedBlock)
    if (nearest_block(x + i, std::min(kQuantisedBlock, n - i), clip, q + i) >= kNotFinite) refuse_entry(x, n);
}

std::uint64_t rounding_key(std::uint64_t stream, std::uint64_t step, std::uint64_t tensor) {
  return mix_bits(mix_bits(stream + kCounterStep * (step + 1)) + kCounterStep * (tensor + 1));
}

void quantise_stochastic(const float* x, Index n, float clip, std::uint64_t key, Index offset, std::int8_t* q) {
  check_clip(clip);
  std::uint16_t draws[kQuantisedBlock + 2 * kDrawsOfWord];
  for (Index i = 0; i < n; i += kQuantisedBlock) {
    const Index count = std::min(kQuantisedBlock, n - i), from = offset + i, skipped = from % kDrawsOfWord;
    fill_draws(key, static_cast<std::uint64_t>(from / kDrawsOfWord),
               (skipped + count + kDrawsOfWord - 1) / kDrawsOfWord, draws);
    if (stochastic_block(x + i, count, clip, draws + skipped, q + i) >= kNotFinite) refuse_entry(x, n);
  }
}

}  // namespace predcorr::models
