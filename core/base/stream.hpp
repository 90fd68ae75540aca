// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr {

/// A named stream of random numbers. There is no global generator: whoever needs randomness is handed a Stream and
/// derives its own by name, `stream.fork("member", i)`. A fork depends on names alone, never on what was drawn before,
/// so results do not change with the number of threads or the order in which things run.
class Stream {
 public:
  explicit Stream(std::uint64_t seed);

  /// The stream called `name`[index] under this one. Cost: one SHA-256 and the seeding of an engine, about 5 us.
  Stream fork(std::string_view name, std::uint64_t index = 0) const;

  /// 64 bits that stand for this stream, e.g. as the seed of a program run elsewhere.
  std::uint64_t key() const { return key_; }

  double uniform() { return boost::random::uniform_01<double>()(engine_); }                           ///< in [0, 1)
  double normal() { return boost::random::normal_distribution<double>()(engine_); }                   ///< N(0, 1)
  Index index(Index n) { return boost::random::uniform_int_distribution<Index>(0, n - 1)(engine_); }  ///< 0..n-1

  /// n independent N(0, 1) draws.
  Vector normals(Index n);

  /// Fills `out` with N(0, 1) draws in float, ten times as fast: one number of this stream's engine starts a SplitMix64
  /// counter (Steele et al. 2014), whose numbers become normals by Box and Muller's method. For weights of networks.
  void fill_normals(Eigen::Ref<VectorF> out);

  /// 0..n-1 in random order (Fisher-Yates).
  Rows permutation(Index n);

 private:
  std::uint64_t key_;
  boost::random::mt19937_64 engine_;
};

}  // namespace predcorr
