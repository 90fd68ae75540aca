// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/models/controls/controls.hpp"

namespace predcorr {
namespace {

/// The correlations above the diagonal.
Vector pairs(const Matrix& correlations) {
  const Index n = correlations.rows();
  Vector all(n * (n - 1) / 2);
  Index k = 0;
  for (Index j = 1; j < n; ++j)
    for (Index i = 0; i < j; ++i) all(k++) = correlations(i, j);
  return all;
}

double spread(const Vector& v) { return std::sqrt((v.array() - v.mean()).square().mean()); }

TEST_CASE("control-permuted: correlations of the same kind that have lost their meaning", "[models]") {
  for (const Json& base : {Json("gp"), test::bootstrap_base()}) {
    INFO(base);
    const test::ControlCase c("control-permuted", Json::object(), base, 200);
    const Vector before = pairs(c.base_correlations()), after = pairs(c.correlations());
    const double agreement =
        ((before.array() - before.mean()) * (after.array() - after.mean())).mean() / (spread(before) * spread(after));
    // 200 points in 3 dimensions: far fewer than 19900 independent numbers, but a tenth is out of reach of chance.
    CHECK(std::abs(agreement) < 0.1);
    CHECK(spread(after) > 0.5 * spread(before));
    CHECK(spread(after) < 2 * spread(before));
    CHECK(c.prediction.latent.is_factor() == c.base.latent.is_factor());
  }
}

TEST_CASE("control-permuted: a point that is asked for twice is one point", "[models]") {
  const test::ControlCase c("control-permuted");
  Matrix query(3, 3);
  query << c.query.row(4), c.query.row(7), c.query.row(4);
  const Matrix p = c.posterior->predict(query).latent.matrix();
  CHECK(p(0, 2) == test::close(p(0, 0)));
  CHECK(p(0, 1) == test::close(p(2, 1)));
}

TEST_CASE("control-permuted: two training rows are enough, and rows are not weighted", "[models]") {
  const auto control = test::model("control-permuted", {{"base", "ridge"}});
  CHECK(!control->traits().takes_weights);
  CHECK(test::model("control-shrunk", {{"base", "ridge"}})->traits().takes_weights);
  const auto posterior = test::model("control-permuted", {{"base", "gp"}})->fit(test::training_data(2, 3), Stream(1));
  test::check_sound(posterior->predict(test::query_points(5)), 5);
}

}  // namespace
}  // namespace predcorr
