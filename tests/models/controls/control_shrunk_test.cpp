// SPDX-License-Identifier: Apache-2.0
#include "tests/models/controls/controls.hpp"

namespace predcorr {
namespace {

TEST_CASE("control-shrunk: correlations of f and of y times the factor", "[models]") {
  for (const Json& base : {Json("gp"), test::bootstrap_base()})
    for (const double factor : {0.0, 0.5, 0.8}) {
      INFO(base << ", factor " << factor);
      const test::ControlCase c("control-shrunk", {{"factor", factor}}, base);
      Matrix expected = factor * c.base_correlations();
      expected.diagonal().setOnes();
      CHECK(test::difference(c.correlations(), expected) < 1e-6);
      Matrix of_y = factor * metrics::correlation_matrix(metrics::observed_covariance(c.base));
      of_y.diagonal().setOnes();
      CHECK(test::difference(metrics::correlation_matrix(metrics::observed_covariance(c.prediction)), of_y) < 1e-6);
      if (base != Json("gp")) CHECK(c.prediction.latent.is_factor());
    }
  const test::ControlCase half("control-shrunk"), same("control-shrunk", {{"factor", 1}});
  CHECK(half.correlations()(0, 1) == test::close(0.5 * half.base_correlations()(0, 1)));
  CHECK(test::identical(same.prediction, same.base));
}

TEST_CASE("control-shrunk: a factor out of range is named", "[models]") {
  CHECK(test::error_of([] { test::model("control-shrunk", {{"base", "constant"}, {"factor", 1.5}}); }) ==
        "config: test.parameters.factor: must be from 0 to 1, got 1.5");
}

}  // namespace
}  // namespace predcorr
