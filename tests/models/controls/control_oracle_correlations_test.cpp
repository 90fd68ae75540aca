// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/fixtures.hpp"
#include "tests/models/controls/controls.hpp"

namespace predcorr {
namespace {

const std::string kName = "control-oracle-correlations";

TEST_CASE("control-oracle-correlations: the true posterior's correlations of f", "[models]") {
  const test::CheckData data = test::training_data();
  for (const Json& base : {Json("gp"), test::bootstrap_base(), Json("constant")}) {
    INFO(base);
    const test::ControlCase c(kName, Json::object(), base);
    const JointPrediction oracle = data.privileged.truth->posterior(data.inputs, data.targets, c.query);
    CHECK(test::difference(c.correlations(), metrics::correlation_matrix(oracle.latent.matrix())) < 1e-6);
    const EvaluationData evaluation{.y = c.base.mean, .n_pool = 15, .oracle = oracle};
    const auto scores = test::scores("meta_correlation", evaluation, c.prediction);
    CHECK(scores.at(0).value.value() == test::close(1, 1e-6));
    CHECK(scores.at(1).value.value() == test::close(1, 1e-6));
  }
}

TEST_CASE("control-oracle-correlations: of the oracle it is the oracle", "[models]") {
  const test::ControlCase c(kName, Json::object(), "oracle");
  test::check_equal(c.prediction, c.base, 1e-12);
}

TEST_CASE("control-oracle-correlations: says so where there is no truth", "[models]") {
  const TrainingData data = test::training_data();  // and nothing privileged
  CHECK(test::error_of([&] { test::model(kName, {{"base", "constant"}})->fit(data, Stream(1)); }) ==
        "data: control-oracle-correlations: the truth of this data set is not known; leave this control out");
}

}  // namespace
}  // namespace predcorr
