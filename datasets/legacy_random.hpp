// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>
#include <optional>

#include "core/base/matrix.hpp"

namespace predcorr::datasets {

/// NumPy's legacy generator (numpy.random.seed / RandomState), draw for draw. Only for the study's published splits
/// and toy problems; everything else takes its randomness from a Stream.
class NumpyLegacyRandom {
 public:
  explicit NumpyLegacyRandom(std::uint32_t seed) : engine_(seed) {}

  /// numpy.random.shuffle of a one-dimensional array.
  void shuffle(Rows& rows);

  /// numpy.random.permutation(n).
  Rows permutation(Index n);

  /// numpy.random.randn: the polar method, two normals at a time.
  double normal();

 private:
  std::uint32_t bounded(std::uint32_t largest);  // 0..largest, masked rejection
  double uniform();                              // 53 bits in [0, 1)

  boost::random::mt19937 engine_;
  std::optional<double> spare_normal_;
};

/// Python's random.seed(seed); random.shuffle(rows).
void python_shuffle(Rows& rows, std::uint32_t seed);

}  // namespace predcorr::datasets
