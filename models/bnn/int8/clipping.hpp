// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "models/bnn/int8/quantise.hpp"

namespace predcorr::models {

/// At which value c a tensor of gradients g is clipped before it is quantised.
enum class Clipping {
  direction,    ///< where the direction changes least: the smallest deviation (Zhu et al. 2020)
  max,          ///< at max |g|
  percentile,   ///< at a percentile of |g|
  mean_square,  ///< where the squared error is smallest
};

struct ClippingOptions {
  Clipping method = Clipping::direction;
  Rounding rounding = Rounding::stochastic;  ///< what training uses; direction and mean_square look through it
  double percentile = 99.9;                  ///< above 0, at most 100
};

/// What quantising g with clipping value c does to it, z being s q.
struct QuantisationError {
  double deviation;    ///< d = 1 - cos(g, z), from 0 to 2; 0 where g is zero
  double mean_square;  ///< of g - z, over all entries
  double clipped;      ///< share of entries beyond c
};

/// The error in expectation over the rounding, in closed form. With f the fraction of clip(g, c) / s, stochastic
/// rounding has E[z] = clip(g, c) and E[z^2] = clip(g, c)^2 + s^2 f (1 - f); so d = 1 - <g, E[z]> / (|g| sqrt(E|z|^2)),
/// which for many entries is the deviation that draws give, without their noise. Where z is zero throughout, d = 1.
/// @throws Error (numerical) if an entry is not finite.  Cost: one pass.
QuantisationError quantisation_error(const float* g, Index n, float clip, Rounding rounding);

struct ClippingChoice {
  float clip;
  QuantisationError error;
};

/// c by the given method, from max |g| down to 2^-24 of it; 0 where g is zero.
/// - direction, mean_square: d and the squared error may have several minima in c. So a histogram of |g| is made in one
///   pass (MagnitudeHistogram), and the error at any c taken from it: on a grid of 8 values to an octave, then of 64
///   half an octave around the best two of its minima, then of 512. The error found is within 3 % of the least for tens
///   of thousands of entries, within 10 % for hundreds, whose least is a jump among jumps.
/// - percentile: of the entries that are not zero, linear between order statistics (NumPy's "linear"). Of all entries,
///   it would be zero for gradients that are mostly zero, as rectified units make them.
/// @throws Error (numerical) if an entry is not finite; (config) for a percentile out of range.
/// Cost: three passes, some 4 ns an entry on one core of an AMD EPYC, and up to 0.2 ms for the grids.
ClippingChoice choose_clip(const float* g, Index n, const ClippingOptions& options = {});

/// By how much the learning rate of a layer falls where the direction of its gradient is wrong by d:
/// max(exp(-alpha d), beta) (Zhu et al. 2020).  @param alpha not negative  @param beta from 0 to 1
/// @throws Error (numerical) otherwise, or if d is not finite or negative.
double rate_factor(double deviation, double alpha = 20, double beta = 0.1);

}  // namespace predcorr::models
