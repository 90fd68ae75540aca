// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/sharpness.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("sharpness: by hand", "[models]") {
  const float few[] = {3, 0, -4, 0};
  const Sharpness s = sharpness_of(few, 4);
  CHECK(s.peak == Approx(4 / std::sqrt(12.5)));
  CHECK(s.kurtosis == Approx(168.5 / (12.5 * 12.5)));
  const float zeros[] = {0, -0.0f};
  CHECK(sharpness_of(zeros, 2).peak == 0);
  CHECK(sharpness_of(zeros, 2).kurtosis == 0);
  CHECK(sharpness_of(zeros, 0).peak == 0);
}

TEST_CASE("sharpness: of normal numbers, at any scale, and of one huge among many small", "[models]") {
  const VectorF x = Stream(3).normals(200000).cast<float>();
  const Sharpness s = sharpness_of(x.data(), x.size());
  CHECK(s.kurtosis == Approx(3).margin(0.06));
  CHECK(s.peak == Approx(4.8).margin(0.8));
  for (const float scale : {0x1p-90f, 0x1p120f}) {
    const VectorF scaled = scale * x;
    CHECK(sharpness_of(scaled.data(), scaled.size()).kurtosis == s.kurtosis);
  }
  VectorF huge = VectorF::Ones(1000000);
  huge(7) = 300;
  CHECK(sharpness_of(huge.data(), huge.size()).peak == Approx(300 / std::sqrt(1.089999)).epsilon(1e-6));
  CHECK(sharpness_of(huge.data(), huge.size()).kurtosis > 6000);
}

TEST_CASE("sharpness: what is not finite is refused", "[models]") {
  const float bad[] = {1, INFINITY};
  CHECK(test::refusal_of([&] { sharpness_of(bad, 2); }).find("finite") != std::string::npos);
}

}  // namespace
}  // namespace predcorr::models
