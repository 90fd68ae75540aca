// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/line_likelihood.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

double nll(const Vector& t, const Vector& squares, double low, double high) {
  double sum = 0;
  for (Index i = 0; i < t.size(); ++i) {
    const double s = low + (high - low) * t(i);
    sum += (std::log(s) + squares(i) / (2 * s * s)) / static_cast<double>(t.size());
  }
  return sum;
}

TEST_CASE("line likelihood: two groups of equal sigma have their own root mean squares", "[models]") {
  // t is 0 or 1 only: the ends are free of each other, the optimum is each group's mean square.
  const Vector t{{0, 1, 0, 1, 0}}, squares{{0.5, 2, 0.1, 1, 1.4}};
  const auto best = LineLikelihood(t, squares, Vector::Constant(5, 0.2)).minimise(1e-9);
  CHECK(best.low == test::close(std::sqrt(2.0 / 3), 1e-12));
  CHECK(best.high == test::close(std::sqrt(1.5), 1e-12));
  CHECK(best.nll == test::close(nll(t, squares, best.low, best.high), 1e-12));
}

TEST_CASE("line likelihood: no point of a fine grid is better", "[models]") {
  Stream stream(4);
  for (int repeat = 0; repeat < 5; ++repeat) {
    Vector t = Vector::LinSpaced(12, 0, 1), squares = stream.normals(12).array().square();
    squares /= squares.mean();
    const auto best = LineLikelihood(t, squares, Vector::Constant(12, 1.0 / 12)).minimise(1e-3);
    double grid = 1e300;
    for (int i = 0; i <= 120; ++i)
      for (int j = 0; j <= 120; ++j)
        grid = std::min(grid, nll(t, squares, 1e-3 * std::pow(10, i / 30.0), 1e-3 * std::pow(10, j / 30.0)));
    CHECK(best.nll <= grid + 1e-12);
    CHECK(best.nll > grid - 0.05);  // which the grid nearly reaches
  }
}

TEST_CASE("line likelihood: a residual of 0 at an end is held by the floor", "[models]") {
  const Vector t{{0, 0.25, 0.5, 0.75, 1}}, squares{{0, 0.5, 1, 1.5, 2}};
  const LineLikelihood likelihood(t, squares, Vector::Constant(5, 0.2));
  const auto best = likelihood.minimise(1e-3);
  CHECK(best.low >= 1e-3 * (1 - 1e-12));
  CHECK(std::isfinite(best.nll));
  CHECK(likelihood.minimise(1e-9).nll <= best.nll);
}

}  // namespace
}  // namespace predcorr::models
