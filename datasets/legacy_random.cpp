// SPDX-License-Identifier: Apache-2.0
#include "datasets/legacy_random.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace predcorr::datasets {
namespace {

/// The reference initialisation of MT19937 by an array of one key (Matsumoto & Nishimura 2002), which Python uses
/// for integer seeds; Boost's generator takes the finished state.
boost::random::mt19937 seeded_by_array(std::uint32_t key) {
  constexpr std::uint32_t n = 624;
  std::array<std::uint32_t, n> state{};
  state[0] = 19650218;
  for (std::uint32_t i = 1; i < n; ++i) state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
  std::uint32_t i = 1;
  const auto step = [&] {
    if (++i >= n) {
      state[0] = state[n - 1];
      i = 1;
    }
  };
  for (std::uint32_t k = 0; k < n; ++k, step())
    state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525u)) + key;
  for (std::uint32_t k = 0; k < n - 1; ++k, step())
    state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941u)) - i;
  state[0] = 0x80000000u;
  boost::random::mt19937 engine;
  auto first = state.begin();
  engine.seed(first, state.end());
  return engine;
}

}  // namespace

std::uint32_t NumpyLegacyRandom::bounded(std::uint32_t largest) {
  if (largest == 0) return 0;
  const auto mask = static_cast<std::uint32_t>(std::bit_ceil(std::uint64_t{largest} + 1) - 1);
  std::uint32_t draw = engine_() & mask;
  while (draw > largest) draw = engine_() & mask;
  return draw;
}

void NumpyLegacyRandom::shuffle(Rows& rows) {
  for (std::size_t i = rows.size(); i-- > 1;) std::swap(rows[i], rows[bounded(static_cast<std::uint32_t>(i))]);
}

Rows NumpyLegacyRandom::permutation(Index n) {
  Rows rows = consecutive_rows(0, n);
  shuffle(rows);
  return rows;
}

double NumpyLegacyRandom::uniform() {
  const std::uint32_t high = engine_() >> 5, low = engine_() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

double NumpyLegacyRandom::normal() {
  if (spare_normal_) return *std::exchange(spare_normal_, std::nullopt);
  double a = 0, b = 0, r2 = 0;
  do {
    a = 2 * uniform() - 1;
    b = 2 * uniform() - 1;
    r2 = a * a + b * b;
  } while (r2 >= 1 || r2 == 0);
  const double scale = std::sqrt(-2 * std::log(r2) / r2);
  spare_normal_ = scale * a;
  return scale * b;
}

void python_shuffle(Rows& rows, std::uint32_t seed) {
  boost::random::mt19937 engine = seeded_by_array(seed);
  for (std::size_t i = rows.size(); i-- > 1;) {
    const auto bits = std::bit_width(i + 1);
    std::uint32_t j = engine() >> (32 - bits);
    while (j > i) j = engine() >> (32 - bits);
    std::swap(rows[i], rows[j]);
  }
}

}  // namespace predcorr::datasets
