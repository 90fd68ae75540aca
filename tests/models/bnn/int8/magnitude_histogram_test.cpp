// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/magnitude_histogram.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "models/bnn/int8/clipping.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("A histogram of magnitudes knows the errors of quantisation", "[models]") {
  VectorF g(20001);
  Stream(4).fill_normals(g);
  g = g.array().cube();
  g(5) = 0;
  const float largest = largest_magnitude(g.data(), g.size());
  const MagnitudeHistogram histogram(g.data(), g.size(), largest);
  CHECK(histogram.square() == Approx(g.cast<double>().squaredNorm()).epsilon(1e-12));
  for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic})
    for (int k = 0; k < 60; ++k) {
      const float clip = largest * std::exp2(-0.17f * static_cast<float>(k));
      const QuantisedMoments m = histogram.moments(clip, rounding);
      const double deviation = 1 - m.dot / std::sqrt(histogram.square() * m.square);
      CHECK(deviation ==
            Approx(quantisation_error(g.data(), g.size(), clip, rounding).deviation).epsilon(0.03).margin(1e-6));
    }
}

TEST_CASE("Entries that are all alike are in their place in a histogram, not anywhere in their bin", "[models]") {
  const VectorF g = VectorF::Constant(1000, -1.01f);
  const MagnitudeHistogram histogram(g.data(), g.size(), 1.01f);
  CHECK(histogram.lowest() <= 1.01f);
  CHECK(histogram.lowest() > 0.97f);
  // 1.01 is 1.7 steps of a clipping value far above it: 2 steps, or 1 or 2.
  const double step = 1.01 / 1.7;
  const auto clip = static_cast<float>(127 * step);
  const QuantisedMoments nearest =
      MagnitudeHistogram(VectorF{{-1.01f, 127}}.data(), 2, 127).moments(clip, Rounding::nearest);
  CHECK(nearest.dot == Approx(1.01 * 2 * step + 127 * 127 * step).epsilon(1e-5));
  CHECK(nearest.square == Approx(4 * step * step + 127 * 127 * step * step).epsilon(1e-5));
  const QuantisedMoments stochastic =
      MagnitudeHistogram(VectorF{{-1.01f, 127}}.data(), 2, 127).moments(clip, Rounding::stochastic);
  CHECK(stochastic.dot == Approx(1.01 * 1.01 + 127 * 127 * step).epsilon(1e-5));
  CHECK(stochastic.square == Approx((0.3 + 0.7 * 4) * step * step + 127 * 127 * step * step).epsilon(1e-5));
}

}  // namespace
}  // namespace predcorr::models
