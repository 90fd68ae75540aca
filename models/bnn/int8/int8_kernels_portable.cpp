// SPDX-License-Identifier: Apache-2.0
// Any processor: words of two 16-bit numbers, as on the AVX2 path, in loops that compilers make vectors of.
#include <algorithm>
#include <cstring>

#include "models/bnn/int8/int8_kernels.hpp"

namespace predcorr::models {
namespace {

constexpr int kPortableLanes = 8;

struct Int16Pair {
  std::int16_t first, second;
};

inline Int16Pair pair_at(const void* from) {
  Int16Pair pair{};
  std::memcpy(&pair, from, sizeof pair);
  return pair;
}

/// sum += w x for the lanes of one vector. Unsigned, for sums that may wrap around on the way.
inline void add_portable_products(const std::int16_t* w, Int16Pair x, std::uint32_t* sum) {
  for (int i = 0; i < kPortableLanes; ++i)
    sum[i] += static_cast<std::uint32_t>(w[2 * i] * x.first + w[2 * i + 1] * x.second);
}

void portable_multiply(const Int8Forward& f) {
  const int lanes = f.vectors * kPortableLanes;
  for (std::ptrdiff_t j = 0; j < f.columns; ++j) {
    std::uint32_t sum[2 * kPortableLanes];
    std::memcpy(sum, f.first, static_cast<std::size_t>(lanes) * sizeof *sum);
    const auto* w = static_cast<const std::int16_t*>(f.w);
    for (std::ptrdiff_t r = 0; r < f.runs; ++r) {
      const std::int16_t* x = static_cast<const std::int16_t*>(f.x) + f.offsets[r] + f.starts[j];
      for (std::ptrdiff_t k = 0; k < f.words; ++k)
        for (int v = 0; v < f.vectors; ++v, w += 2 * kPortableLanes)
          add_portable_products(w, pair_at(x + 2 * k), sum + v * kPortableLanes);
    }
    float* y = f.y + f.places[j];
    for (std::ptrdiff_t i = 0; i < std::min<std::ptrdiff_t>(f.rows, lanes); ++i)
      y[i] = static_cast<float>(static_cast<std::int32_t>(sum[i])) * f.scale + (f.start == nullptr ? 0.0f : f.start[i]);
  }
}

void portable_add_gradient(const Int8Gradient& f) {
  const int lanes = f.vectors * kPortableLanes;
  const auto* d = static_cast<const std::int16_t*>(f.d);
  for (std::ptrdiff_t r = 0; r < f.runs; ++r)
    for (std::ptrdiff_t k = 0; k < f.depth; ++k) {
      std::uint32_t sum[2 * kPortableLanes] = {};
      for (std::ptrdiff_t i = 0; i < f.count; ++i) {
        const Int16Pair x = pair_at(f.x + f.groups[i] + f.offsets[r] + k);
        for (int v = 0; v < f.vectors; ++v)
          add_portable_products(d + 2 * (i * lanes + v * kPortableLanes), x, sum + v * kPortableLanes);
      }
      std::int32_t* g = f.g + (r * f.depth + k) * f.g_stride;
      for (int i = 0; i < lanes; ++i) g[i] += static_cast<std::int32_t>(sum[i]);
    }
}

}  // namespace

const Int8Kernels kInt8Portable = {kPortableLanes, 2, false, portable_multiply, portable_add_gradient};

}  // namespace predcorr::models
