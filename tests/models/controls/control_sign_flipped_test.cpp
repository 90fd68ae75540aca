// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/models/controls/controls.hpp"

namespace predcorr {
namespace {

TEST_CASE("control-sign-flipped: D C D with signs at even odds", "[models]") {
  for (const Json& base : {Json("gp"), test::bootstrap_base()}) {
    constexpr Index n = 300;
    const test::ControlCase c("control-sign-flipped", Json::object(), base, n);
    const Matrix before = c.base.latent.matrix(), after = c.prediction.latent.matrix();
    CHECK(after.cwiseAbs() == before.cwiseAbs());
    // Signs relative to the first point's explain every entry.
    Vector signs(n);
    for (Index i = 0; i < n; ++i) signs(i) = after(0, i) == before(0, i) ? 1.0 : -1.0;
    CHECK(after == Matrix(signs.asDiagonal() * before * signs.asDiagonal()));
    CHECK(std::abs(signs.mean()) < 4.5 / std::sqrt(static_cast<double>(n)));
  }
}

TEST_CASE("control-sign-flipped: a point has one sign wherever it stands, another fit has others", "[models]") {
  const test::ControlCase c("control-sign-flipped");
  Matrix twice(2, 3);
  twice << c.query.row(4), c.query.row(4);
  const JointPrediction p = c.posterior->predict(twice);
  CHECK(p.latent.matrix()(0, 1) > 0);
  const auto other =
      test::model("control-sign-flipped", {{"base", "gp"}})->fit(test::training_data(), Stream(2))->predict(c.query);
  CHECK((other.latent.matrix().array() * c.prediction.latent.matrix().array() < 0).any());
}

}  // namespace
}  // namespace predcorr
