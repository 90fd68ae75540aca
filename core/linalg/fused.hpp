// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__FMA__)
#include <immintrin.h>
#endif

namespace predcorr {

/// GCC's and Clang's vectors of N numbers of type T that need no alignment; may lie where numbers of type T lie.
template <class T, int N>
struct LanesOf {
  using Type [[gnu::vector_size(N * sizeof(T)), gnu::aligned(sizeof(T)), gnu::may_alias]] = T;
};

/// a b + c in each lane: rounded once where the instruction level has fused operations, twice elsewhere. The compiler
/// is told to fuse nothing by itself, since what it fuses depends on what it inlines. By value, since a template's
/// argument is the type without its attributes: a reference would promise an alignment that nobody keeps.
template <class Lanes>
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
#if defined(__FMA__)
  constexpr bool kSingle = sizeof(a[0]) == sizeof(float);
#if defined(__AVX512F__)
  if constexpr (sizeof(Lanes) == 64 && kSingle) return Lanes(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
  if constexpr (sizeof(Lanes) == 64 && !kSingle) return Lanes(_mm512_fmadd_pd(__m512d(a), __m512d(b), __m512d(c)));
#endif
  if constexpr (sizeof(Lanes) == 32 && kSingle) return Lanes(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
  if constexpr (sizeof(Lanes) == 32 && !kSingle) return Lanes(_mm256_fmadd_pd(__m256d(a), __m256d(b), __m256d(c)));
#endif
  return a * b + c;
}

}  // namespace predcorr
