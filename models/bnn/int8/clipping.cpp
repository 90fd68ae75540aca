// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/clipping.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.hpp"
#include "models/bnn/int8/magnitude_histogram.hpp"

namespace predcorr::models {
namespace {

constexpr int kGridOfOctave = 8, kGridOctaves = 24;
constexpr int kMinimaRefined = 2;

double deviation_of(const QuantisedMoments& m, double own_square) {
  if (own_square == 0) return 0;
  if (m.square == 0) return 1;
  return std::max(1 - m.dot / std::sqrt(own_square * m.square), 0.0);
}

double squared_error_of(const QuantisedMoments& m, double own_square) {
  return std::max(own_square - 2 * m.dot + m.square, 0.0);
}

/// The best value on a grid of c = largest 2^(-k/8), and on finer ones around its best.
template <class Loss>
float search(float largest, float lowest, const Loss& loss) {
  const auto at = [&](double octaves) { return static_cast<float>(largest * std::exp2(-octaves)); };
  struct Point {
    double octaves, loss;
  };
  std::vector<Point> grid;
  for (int k = 0; k <= kGridOctaves * kGridOfOctave; ++k) {
    const double octaves = static_cast<double>(k) / kGridOfOctave;
    if (k > 0 && at(octaves) < lowest) break;  // below, the signs alone are left, whatever c is
    grid.push_back({octaves, loss(at(octaves))});
  }
  std::vector<Point> minima;
  for (std::size_t k = 0; k < grid.size(); ++k)
    if ((k == 0 || grid[k].loss < grid[k - 1].loss) && (k + 1 == grid.size() || grid[k].loss <= grid[k + 1].loss))
      minima.push_back(grid[k]);
  std::stable_sort(minima.begin(), minima.end(), [](const Point& a, const Point& b) { return a.loss < b.loss; });
  if (std::ssize(minima) > kMinimaRefined) minima.erase(minima.begin() + kMinimaRefined, minima.end());
  Point best = minima.front();
  for (const Point& minimum : minima) {
    Point middle = minimum;
    const auto refine = [&](double step, int steps) {
      const double begin = middle.octaves;
      for (int j = -steps; j <= steps; ++j) {
        const double octaves = std::max(begin + j * step, 0.0), value = loss(at(octaves));
        if (value < middle.loss) middle = {octaves, value};
      }
    };
    refine(1.0 / 64, 32);  // half an octave either way: the loss of few entries jumps from c to c
    refine(1.0 / 512, 8);
    if (middle.loss < best.loss) best = middle;
  }
  return at(best.octaves);
}

float percentile_of_nonzero(const float* g, Index n, double percentile) {
  std::vector<float> magnitudes;
  magnitudes.reserve(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i)
    if (g[i] != 0) magnitudes.push_back(std::abs(g[i]));
  const double place = percentile / 100 * static_cast<double>(magnitudes.size() - 1);
  const auto lower = magnitudes.begin() + static_cast<Index>(std::floor(place));
  std::nth_element(magnitudes.begin(), lower, magnitudes.end());
  if (lower + 1 == magnitudes.end()) return *lower;
  const double next = *std::min_element(lower + 1, magnitudes.end()), fraction = place - std::floor(place);
  return static_cast<float>(*lower + fraction * (next - *lower));
}

float chosen_clip(const float* g, Index n, float largest, const ClippingOptions& options) {
  if (options.method == Clipping::max) return largest;
  if (options.method == Clipping::percentile) return percentile_of_nonzero(g, n, options.percentile);
  const MagnitudeHistogram histogram(g, n, largest);
  const double own = histogram.square();
  return search(largest, histogram.lowest(), [&](float clip) {
    const QuantisedMoments m = histogram.moments(clip, options.rounding);
    return options.method == Clipping::direction ? deviation_of(m, own) : squared_error_of(m, own);
  });
}

}  // namespace

QuantisationError quantisation_error(const float* g, Index n, float clip, Rounding rounding) {
  largest_magnitude(g, n);  // finite
  const double step = quantisation_step(clip), per_step = step > 0 ? 1 / step : 0;
  constexpr Index kSets = 4;  // so that an addition does not wait for the one before
  QuantisedMoments sets[kSets];
  double own[kSets] = {};
  Index beyond = 0;
  const auto add = [&](float entry, Index set) {
    const double magnitude = std::abs(static_cast<double>(entry)), inside = std::min<double>(magnitude, clip);
    const double steps = inside * per_step;
    beyond += magnitude > static_cast<double>(clip);
    own[set] += magnitude * magnitude;
    if (rounding == Rounding::nearest) {
      const double z = step * std::nearbyint(steps);
      sets[set].dot += magnitude * z;
      sets[set].square += z * z;
    } else {
      const double fraction = steps - static_cast<double>(static_cast<int>(steps));
      const double mean = step > 0 ? inside : 0.0;
      sets[set].dot += magnitude * mean;
      sets[set].square += mean * mean + step * step * fraction * (1 - fraction);
    }
  };
  Index i = 0;
  for (; i + kSets <= n; i += kSets)
    for (Index set = 0; set < kSets; ++set) add(g[i + set], set);
  for (; i < n; ++i) add(g[i], 0);
  for (Index set = 1; set < kSets; ++set) {
    sets[0].dot += sets[set].dot;
    sets[0].square += sets[set].square;
    own[0] += own[set];
  }
  const double count = static_cast<double>(std::max<Index>(n, 1));
  return {deviation_of(sets[0], own[0]), squared_error_of(sets[0], own[0]) / count,
          static_cast<double>(beyond) / count};
}

ClippingChoice choose_clip(const float* g, Index n, const ClippingOptions& options) {
  require(options.percentile > 0 && options.percentile <= 100, ErrorKind::config,
          "clipping: percentile must be above 0 and at most 100, got {}", options.percentile);
  const float largest = largest_magnitude(g, n);
  const float clip = quantisation_step(largest) > 0 ? chosen_clip(g, n, largest, options) : largest;
  return {clip, quantisation_error(g, n, clip, options.rounding)};
}

double rate_factor(double deviation, double alpha, double beta) {
  require(std::isfinite(deviation) && deviation >= 0, ErrorKind::numerical,
          "rate factor: the deviation must be finite and not negative, got {}", deviation);
  require(alpha >= 0 && beta >= 0 && beta <= 1, ErrorKind::numerical,
          "rate factor: alpha must not be negative and beta from 0 to 1, got {} and {}", alpha, beta);
  return std::max(std::exp(-alpha * deviation), beta);
}

}  // namespace predcorr::models
