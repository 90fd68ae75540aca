// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/magnitude_histogram.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace predcorr::models {
namespace {

constexpr int kOctaves = 24, kBinsOfOctave = 32;
constexpr std::int32_t kMagnitudeBins = kOctaves * kBinsOfOctave;
constexpr int kBinShift = 18;  // 23 bits of mantissa, of which 5 are kept

constexpr double kNear = 0.07;  // steps: the deviation of what is anywhere in a quarter of one

struct Sums {
  double count = 0, sum = 0, square = 0;
};

float lower_edge(std::int32_t bin) { return std::bit_cast<float>(bin << kBinShift); }

}  // namespace

MagnitudeHistogram::MagnitudeHistogram(const float* g, Index n, float largest) {
  const std::int32_t top = std::bit_cast<std::int32_t>(largest) >> kBinShift;
  const std::int32_t base = std::max(top - kMagnitudeBins + 1, 0);
  // Neighbours often share a bin: sums of four, so that an addition does not wait for the one before.
  constexpr Index kSets = 4;
  std::vector<std::array<Sums, kSets>> sums(static_cast<std::size_t>(kMagnitudeBins));
  const auto add = [&](float entry, Index set) {
    const float magnitude = std::abs(entry);
    const std::int32_t bin = std::max((std::bit_cast<std::int32_t>(magnitude) >> kBinShift) - base, 0);
    Sums& to = sums[static_cast<std::size_t>(bin)][static_cast<std::size_t>(set)];
    const double value = magnitude;
    to.count += 1;
    to.sum += value;
    to.square += value * value;
  };
  Index i = 0;
  for (; i + kSets <= n; i += kSets)
    for (Index set = 0; set < kSets; ++set) add(g[i + set], set);
  for (; i < n; ++i) add(g[i], 0);
  for (std::int32_t b = 0; b < kMagnitudeBins; ++b) {
    Bin bin{};
    for (const Sums& set : sums[static_cast<std::size_t>(b)]) {
      bin.count += set.count;
      bin.sum += set.sum;
      bin.square += set.square;
    }
    if (bin.sum == 0) continue;  // of zeros nothing comes
    if (bins_.empty()) lowest_ = lower_edge(base + b);
    bin.mean = bin.sum / bin.count;
    bin.deviation = std::sqrt(std::max(bin.square / bin.count - bin.mean * bin.mean, 0.0));
    before_.push_back(total_);
    bins_.push_back(bin);
    total_.count += bin.count;
    total_.sum += bin.sum;
    total_.square += bin.square;
  }
}

QuantisedMoments MagnitudeHistogram::moments(float clip, Rounding rounding) const {
  const double c = clip, s = quantisation_step(clip);
  if (s == 0) return {};
  const bool nearest = rounding == Rounding::nearest;
  const auto first_above = [&](double value) {
    return std::partition_point(bins_.begin(), bins_.end(), [&](const Bin& bin) { return bin.mean <= value; }) -
           bins_.begin();
  };
  const auto sums_before = [&](Index bin) {
    return bin == std::ssize(bins_) ? total_ : before_[static_cast<std::size_t>(bin)];
  };
  const Index small = first_above(nearest ? s / 2 : s), large = std::max<Index>(first_above(c), small);
  QuantisedMoments m;
  const Bin below = sums_before(small), within = sums_before(large);
  if (!nearest) m = {below.square, s * below.sum};  // E z^2 = z s
  for (Index b = small; b < large; ++b) {
    const Bin& bin = bins_[static_cast<std::size_t>(b)];
    const bool narrow = bin.deviation <= kNear * s;
    if (nearest) {
      const double z = s * std::nearbyint(bin.mean / s);
      // Where any place is as likely, the error is independent of z, and its mean square s^2 / 12.
      m.dot += narrow ? z * bin.sum : bin.square - bin.count * s * s / 12;
      m.square += narrow ? bin.count * z * z : bin.square - bin.count * s * s / 12;
    } else {
      const double z = s * std::floor(bin.mean / s);  // E (Z - g)^2 = (g - z) (z + s - g)
      const double spread =
          narrow ? bin.sum * (2 * z + s) - bin.square - bin.count * z * (z + s) : bin.count * s * s / 6;
      m.dot += bin.square;
      m.square += bin.square + std::clamp(spread, 0.0, bin.count * s * s / 4);
    }
  }
  m.dot += c * (total_.sum - within.sum);
  m.square += c * c * (total_.count - within.count);
  return m;
}

}  // namespace predcorr::models
