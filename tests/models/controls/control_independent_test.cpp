// SPDX-License-Identifier: Apache-2.0
#include "tests/models/controls/controls.hpp"

namespace predcorr {
namespace {

TEST_CASE("control-independent: no correlations are left, of either form of base", "[models]") {
  for (const Json& base : {Json("gp"), test::bootstrap_base()}) {
    const test::ControlCase c("control-independent", Json::object(), base);
    CHECK(c.prediction.latent.is_factor());
    CHECK(c.prediction.latent.width() == 1);
    CHECK(c.correlations() == Matrix::Identity(40, 40));
    CHECK(c.prediction.latent.diagonal() == c.base.latent.diagonal());
  }
}

}  // namespace
}  // namespace predcorr
