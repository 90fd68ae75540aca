// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// Symmetric uniform quantisation to 8 bits, as Zhu et al. 2020 (arXiv:1912.12607) train with: a tensor x becomes
/// q = round(clip(x, c) / s) from -127 to 127, with step s = c / 127; back: s q. There is one c for a tensor. Weights
/// and activations are rounded to the nearest, c being the largest magnitude; gradients at random, so that E[s q] =
/// clip(x, c), with a c from clipping.hpp. One thread; on a core with AVX2 about 0.04 ns an entry for the largest
/// magnitude, 0.11 for the nearest and 0.43 for stochastic rounding.
enum class Rounding { nearest, stochastic };

constexpr int kInt8Largest = 127;

/// s. Zero where c / 127 is below the smallest normal float (so for c = 0): all quantised values are zero then, too.
float quantisation_step(float clip);

/// max |x|; 0 for none.  @throws Error (numerical) if an entry is not finite. Cost: one pass.
float largest_magnitude(const float* x, Index n);

/// Rounded to the nearest, ties to the even number: |s q - clip(x, c)| <= s / 2 but for rounding in float.
/// @param clip c, finite, not negative  @param q n numbers, written
/// @throws Error (numerical) if c or an entry is not finite, or c negative.
void quantise_nearest(const float* x, Index n, float clip, std::int8_t* q);

/// Stands for one tensor at one step of a training.  @param stream Stream::key of the training
std::uint64_t rounding_key(std::uint64_t stream, std::uint64_t step, std::uint64_t tensor);

/// Rounded up with the probability of the fraction, else down: |s q - clip(x, c)| <= s, E[s q] = clip(x, c). Entry i
/// takes 15 bits of number (offset + i) / 4 of a SplitMix64 counter (Steele et al. 2014) that starts at `key`;
/// fractions are rounded to the nearest multiple of 2^-15 first, so E[s q] is off by up to s 2^-16. Whole multiples of
/// s, zero among them, stay what they are.
/// @param offset of x in its tensor: a tensor in parts becomes what it becomes whole
/// @throws Error as quantise_nearest does.
void quantise_stochastic(const float* x, Index n, float clip, std::uint64_t key, Index offset, std::int8_t* q);

}  // namespace predcorr::models
