// SPDX-License-Identifier: Apache-2.0
// AVX2: vpmaddwd multiplies 16 pairs of 16-bit numbers and adds two products at a time. Of bytes there is only
// vpmaddubsw, which saturates. As in int8_kernels_vnni.cpp the instructions are asked for function by function.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>
#include <utility>

#include "models/bnn/int8/int8_kernels.hpp"

namespace predcorr::models {
namespace {

constexpr int kAvx2Lanes = 8;

/// Columns of a block of V vectors: GCC multiplies all pairs before it adds them, so products need registers as sums
/// do.
template <int V>
constexpr int kAvx2Columns = V == 1 ? 6 : 4;

/// 8 times the two 16-bit numbers at `from`.
[[gnu::target("avx2")]] inline __m256i avx2_word(const void* from) {
  std::int32_t word;
  std::memcpy(&word, from, sizeof word);
  return _mm256_set1_epi32(word);
}

[[gnu::target("avx2")]] inline __m256i avx2_load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

/// All bits set in lanes below `count`.
[[gnu::target("avx2")]] inline __m256i avx2_mask(std::ptrdiff_t count) {
  const int below = count >= kAvx2Lanes ? kAvx2Lanes : static_cast<int>(count > 0 ? count : 0);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(below), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

template <int V, int C>
[[gnu::target("avx2")]] void avx2_multiply_block(const Int8Forward& f, std::ptrdiff_t first_column) {
  const std::ptrdiff_t* starts = f.starts + first_column;
  const auto* w = static_cast<const std::int16_t*>(f.w);
  __m256i sum[C][V];
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v) {
    const __m256i first = avx2_load(f.first + v * kAvx2Lanes);
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c) sum[c][v] = first;
  }
  for (std::ptrdiff_t r = 0; r < f.runs; ++r) {
    const std::int16_t* column[C];
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c) column[c] = static_cast<const std::int16_t*>(f.x) + f.offsets[r] + starts[c];
    for (std::ptrdiff_t k = 0; k < f.words; ++k, w += V * 16) {
      __m256i factor[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) factor[v] = avx2_load(w + v * 16);
#pragma GCC unroll 12
      for (int c = 0; c < C; ++c) {
        const __m256i x = avx2_word(column[c] + 2 * k);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[c][v] = _mm256_add_epi32(sum[c][v], _mm256_madd_epi16(factor[v], x));
      }
    }
  }
  const __m256 scale = _mm256_set1_ps(f.scale);
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v) {
    const __m256i mask = avx2_mask(f.rows - v * kAvx2Lanes);
    const __m256 start = f.start == nullptr ? _mm256_setzero_ps() : _mm256_maskload_ps(f.start + v * kAvx2Lanes, mask);
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c)
      _mm256_maskstore_ps(f.y + f.places[first_column + c] + v * kAvx2Lanes, mask,
                          _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sum[c][v]), scale), start));
  }
}

/// C numbers from x + offset on.
template <int V, int C>
[[gnu::target("avx2")]] void avx2_gradient_block(const Int8Gradient& f, std::ptrdiff_t offset, std::int32_t* g) {
  const auto* d = static_cast<const std::int32_t*>(f.d);
  __m256i sum[C][V];
#pragma GCC unroll 12
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sum[c][v] = _mm256_setzero_si256();
  for (std::ptrdiff_t i = 0; i < f.count; ++i, d += V * kAvx2Lanes) {
    const std::uint32_t* x = f.x + f.groups[i] + offset;
    __m256i delta[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) delta[v] = avx2_load(d + v * kAvx2Lanes);
#pragma GCC unroll 12
    for (int c = 0; c < C; ++c) {
      const __m256i word = avx2_word(x + c);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[c][v] = _mm256_add_epi32(sum[c][v], _mm256_madd_epi16(delta[v], word));
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      auto* to = reinterpret_cast<__m256i*>(g + c * f.g_stride + v * kAvx2Lanes);
      _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), sum[c][v]));
    }
}

template <int V>
void avx2_multiply_panel(const Int8Forward& f) {
  using Block = void (*)(const Int8Forward&, std::ptrdiff_t);
  static constexpr auto kBlock = []<int... C>(std::integer_sequence<int, C...>) {
    struct Table {
      Block of[sizeof...(C)];
    };
    return Table{{avx2_multiply_block<V, C + 1>...}};
  }(std::make_integer_sequence<int, kAvx2Columns<V>>());
  for (std::ptrdiff_t j = 0; j < f.columns;) {
    const std::ptrdiff_t width = int8_block_width(f.columns - j, kAvx2Columns<V>);
    kBlock.of[width - 1](f, j);
    j += width;
  }
}

template <int V>
void avx2_gradient_panel(const Int8Gradient& f) {
  using Block = void (*)(const Int8Gradient&, std::ptrdiff_t, std::int32_t*);
  static constexpr auto kBlock = []<int... C>(std::integer_sequence<int, C...>) {
    struct Table {
      Block of[sizeof...(C)];
    };
    return Table{{avx2_gradient_block<V, C + 1>...}};
  }(std::make_integer_sequence<int, kAvx2Columns<V>>());
  for (std::ptrdiff_t r = 0; r < f.runs; ++r)
    for (std::ptrdiff_t k = 0; k < f.depth;) {
      const std::ptrdiff_t width = int8_block_width(f.depth - k, kAvx2Columns<V>);
      kBlock.of[width - 1](f, f.offsets[r] + k, f.g + (r * f.depth + k) * f.g_stride);
      k += width;
    }
}

void avx2_multiply(const Int8Forward& f) { f.vectors == 1 ? avx2_multiply_panel<1>(f) : avx2_multiply_panel<2>(f); }
void avx2_add_gradient(const Int8Gradient& f) {
  f.vectors == 1 ? avx2_gradient_panel<1>(f) : avx2_gradient_panel<2>(f);
}

}  // namespace

const Int8Kernels kInt8Avx2 = {kAvx2Lanes, 2, false, avx2_multiply, avx2_add_gradient};

}  // namespace predcorr::models
#endif
