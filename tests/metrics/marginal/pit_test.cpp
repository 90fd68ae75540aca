// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "pit", kPart = "cramer_von_mises";

TEST_CASE("pit: SciPy's values and NumPy's histogram", "[metrics]") { test::check_against_reference(kName); }

TEST_CASE("pit: one point by hand", "[metrics]") {
  // W^2 = 1/12 + (1/2 - u)^2: 1/12 in the middle, 1/3 at the end.
  const test::CalibrationCase middle(Vector{{1}}, Vector{{1}}, Vector{{2}}),
      end(Vector{{99}}, Vector{{1}}, Vector{{2}});
  CHECK(test::part(kName, kPart, middle) == test::close(1.0 / 12));
  CHECK(test::part(kName, kPart, end) == test::close(1.0 / 3));
  const Vector density = test::vector(test::curves(kName, end).at("density"));
  CHECK(density(19) == test::close(20));  // u = 1 belongs to the last bar
  CHECK(density.head(19).isZero());
}

TEST_CASE("pit: chance gives 1/6 at any size, over-confidence more", "[metrics]") {
  // Variance of W^2 under uniformity: (4 n - 3) / (180 n), so that its standard deviation is below 0.15.
  constexpr int kRuns = 400;
  for (const Index n : {3, 25}) {
    INFO(n << " points");
    double total = 0;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed)
      total += test::part(kName, kPart, test::drawn_case(n, 1, seed + 1000 * static_cast<std::uint64_t>(n)));
    CHECK(std::abs(total / kRuns - 1.0 / 6) < 4.5 * 0.15 / std::sqrt(kRuns));
  }
  CHECK(test::part(kName, kPart, test::drawn_case(500, 2, 1)) > 2);
  CHECK(test::part(kName, kPart, test::drawn_case(500, 0.5, 1)) > 2);
}

TEST_CASE("pit: the histogram's shape tells over- from under-confidence", "[metrics]") {
  const auto density = [](double factor) {
    return test::vector(test::curves(kName, test::drawn_case(2000, factor, 9)).at("density"));
  };
  const Vector cup = density(2), hill = density(0.5), flat = density(1);
  CHECK(cup.sum() == test::close(20, 1e-12));
  CHECK((cup(0) + cup(19)) / 2 > 3);      // P(|N(0, 4)| > 1.645) = 0.41 against 0.1
  CHECK((hill(0) + hill(19)) / 2 < 0.1);  // P(|N(0, 1/4)| > 1.645) = 0.001
  CHECK((flat.array() - 1).abs().maxCoeff() < 5 * std::sqrt(20.0 / 2000));
}

TEST_CASE("pit: nothing without variance", "[metrics]") {
  const test::CalibrationCase zero(Vector{{2, 1}}, Vector{{1, 1}}, Vector{{2, 0}});
  CHECK(test::reason(kName, zero) == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
