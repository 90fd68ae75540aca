// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "models/bnn/int8/quantise.hpp"

namespace predcorr::models {

/// Expected sums over a tensor g and what its quantisation makes of it, z (see quantisation_error).
struct QuantisedMoments {
  double dot = 0, square = 0;  ///< E<g, z>, E|z|^2
};

/// |g| in 32 bins to an octave, from max |g| down to 2^-24 of it and below, each with its count, sum and sum of
/// squares: what quantisation_error needs, at any clipping value, without g.
class MagnitudeHistogram {
 public:
  /// @param g n finite entries  @param largest max |g|, positive  Cost: one pass.
  MagnitudeHistogram(const float* g, Index n, float largest);

  /// The sums at clipping value c: exact over what is below s or above c. Elsewhere, where a bin's entries are near
  /// each other (one entry is), they lie between multiples of s where their mean does, else anywhere, as likely here as
  /// there. Cost: the bins between s / 2 and c, 8 octaves of them.
  QuantisedMoments moments(float clip, Rounding rounding) const;

  double square() const { return total_.square; }  ///< |g|^2
  float lowest() const { return lowest_; }         ///< no |g| but zero is below, or only the bin of all small ones is

 private:
  struct Bin {
    double count, sum, square;
    double mean, deviation;
  };
  std::vector<Bin> bins_;    // those with entries, ascending
  std::vector<Bin> before_;  // of bins before: counts, sums, squares
  Bin total_{};
  float lowest_ = 0;
};

}  // namespace predcorr::models
