// SPDX-License-Identifier: Apache-2.0
// AVX-512 VNNI: vpdpbusd multiplies 64 unsigned bytes by 64 signed ones and adds four products at a time to 16 sums,
// without saturation. The instructions are asked for function by function, so that whatever the build's level, nothing
// that other sources could call is compiled for this processor.
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>
#include <utility>

#include "models/bnn/int8/int8_kernels.hpp"

namespace predcorr::models {
namespace {

constexpr int kVnniLanes = 16;

/// Columns of a block of V vectors: enough sums that none waits for the one before, and no more columns than there are
/// registers for their addresses.
template <int V>
constexpr int kVnniColumns = V == 1 ? 12 : 8;

/// 16 times the four bytes at `from`.
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] inline __m512i vnni_word(const void* from) {
  std::int32_t word;
  std::memcpy(&word, from, sizeof word);
  return _mm512_set1_epi32(word);
}

template <int V, int C>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] void vnni_multiply_block(const Int8Forward& f,
                                                                                 std::ptrdiff_t first_column) {
  const std::ptrdiff_t* starts = f.starts + first_column;
  const auto* w = static_cast<const std::int8_t*>(f.w);
  __m512i sum[C][V];
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v) {
    const __m512i first = _mm512_loadu_si512(f.first + v * kVnniLanes);
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) sum[c][v] = first;
  }
  for (std::ptrdiff_t r = 0; r < f.runs; ++r) {
    const std::uint8_t* column[C];
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) column[c] = static_cast<const std::uint8_t*>(f.x) + f.offsets[r] + starts[c];
    for (std::ptrdiff_t k = 0; k < f.words; ++k, w += V * 64) {
      __m512i factor[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) factor[v] = _mm512_loadu_si512(w + v * 64);
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) {
        const __m512i x = vnni_word(column[c] + 4 * k);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[c][v] = _mm512_dpbusd_epi32(sum[c][v], x, factor[v]);
      }
    }
  }
  const __m512 scale = _mm512_set1_ps(f.scale);
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v) {
    const std::ptrdiff_t left = f.rows - v * kVnniLanes;
    const auto mask = static_cast<__mmask16>(left >= kVnniLanes ? 0xFFFF : (1 << (left > 0 ? left : 0)) - 1);
    const __m512 start =
        f.start == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask, f.start + v * kVnniLanes);
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c)
      _mm512_mask_storeu_ps(f.y + f.places[first_column + c] + v * kVnniLanes, mask,
                            _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum[c][v]), scale), start));
  }
}

/// C numbers from x + offset on.
template <int V, int C>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] void vnni_gradient_block(const Int8Gradient& f,
                                                                                 const std::int32_t* first,
                                                                                 std::ptrdiff_t offset,
                                                                                 std::int32_t* g) {
  const auto* d = static_cast<const std::int32_t*>(f.d);
  __m512i sum[C][V];
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v) {
    const __m512i begin = _mm512_loadu_si512(first + v * kVnniLanes);
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) sum[c][v] = begin;
  }
  for (std::ptrdiff_t i = 0; i < f.count; ++i, d += V * kVnniLanes) {
    const std::uint32_t* x = f.x + f.groups[i] + offset;
    __m512i delta[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) delta[v] = _mm512_loadu_si512(d + v * kVnniLanes);
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) {
      const __m512i word = vnni_word(x + c);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[c][v] = _mm512_dpbusd_epi32(sum[c][v], word, delta[v]);
    }
  }
#pragma GCC unroll 16
  for (int c = 0; c < C; ++c)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      std::int32_t* to = g + c * f.g_stride + v * kVnniLanes;
      _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_loadu_si512(to), sum[c][v]));
    }
}

/// -128 times the sums of d over the columns.
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] void vnni_gradient_start(const Int8Gradient& f,
                                                                                 std::int32_t* first) {
  const auto* d = static_cast<const std::int32_t*>(f.d);
  const __m512i shift = _mm512_set1_epi8(-128);
  for (int v = 0; v < f.vectors; ++v) {
    __m512i sum = _mm512_setzero_si512();
    for (std::ptrdiff_t i = 0; i < f.count; ++i)
      sum = _mm512_dpbusd_epi32(sum, shift, _mm512_loadu_si512(d + (i * f.vectors + v) * kVnniLanes));
    _mm512_storeu_si512(first + v * kVnniLanes, _mm512_sub_epi32(_mm512_setzero_si512(), sum));
  }
}

template <int V>
void vnni_multiply_panel(const Int8Forward& f) {
  using Block = void (*)(const Int8Forward&, std::ptrdiff_t);
  static constexpr auto kBlock = []<int... C>(std::integer_sequence<int, C...>) {
    struct Table {
      Block of[sizeof...(C)];
    };
    return Table{{vnni_multiply_block<V, C + 1>...}};
  }(std::make_integer_sequence<int, kVnniColumns<V>>());
  for (std::ptrdiff_t j = 0; j < f.columns;) {
    const std::ptrdiff_t width = int8_block_width(f.columns - j, kVnniColumns<V>);
    kBlock.of[width - 1](f, j);
    j += width;
  }
}

template <int V>
void vnni_gradient_panel(const Int8Gradient& f) {
  using Block = void (*)(const Int8Gradient&, const std::int32_t*, std::ptrdiff_t, std::int32_t*);
  static constexpr auto kBlock = []<int... C>(std::integer_sequence<int, C...>) {
    struct Table {
      Block of[sizeof...(C)];
    };
    return Table{{vnni_gradient_block<V, C + 1>...}};
  }(std::make_integer_sequence<int, kVnniColumns<V>>());
  std::int32_t first[V * kVnniLanes];
  vnni_gradient_start(f, first);
  for (std::ptrdiff_t r = 0; r < f.runs; ++r)
    for (std::ptrdiff_t k = 0; k < f.depth;) {
      const std::ptrdiff_t width = int8_block_width(f.depth - k, kVnniColumns<V>);
      kBlock.of[width - 1](f, first, f.offsets[r] + k, f.g + (r * f.depth + k) * f.g_stride);
      k += width;
    }
}

void vnni_multiply(const Int8Forward& f) { f.vectors == 1 ? vnni_multiply_panel<1>(f) : vnni_multiply_panel<2>(f); }
void vnni_add_gradient(const Int8Gradient& f) {
  f.vectors == 1 ? vnni_gradient_panel<1>(f) : vnni_gradient_panel<2>(f);
}

}  // namespace

const Int8Kernels kInt8Vnni = {kVnniLanes, 4, true, vnni_multiply, vnni_add_gradient};

}  // namespace predcorr::models
#endif
