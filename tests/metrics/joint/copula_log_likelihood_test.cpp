// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/fixtures.hpp"

namespace predcorr {
namespace {

const std::string kName = "copula_log_likelihood";

TEST_CASE("copula_log_likelihood: NumPy's joint less marginal log-likelihood", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    const double joint = expected.at("joint_log_likelihood").get<double>();
    CHECK(std::abs(test::score(kName, fixture.evaluation, p) -
                   (joint - expected.at("marginal_log_likelihood").get<double>())) < 1e-10);
  });
}

TEST_CASE("copula_log_likelihood: SciPy's copula density", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const EvaluationData evaluation{.y = test::vector(json.at("y")), .n_pool = 0, .oracle = std::nullopt};
  const double expected = json.at("groups").back().at("copula").get<double>() / 36;
  CHECK(test::score(kName, evaluation, test::prediction(json.at("model"))) == test::close(expected));
}

TEST_CASE("copula_log_likelihood: neither unit nor origin counts", "[metrics]") {
  const test::Fixture fixture("metrics_medium.json");
  const JointPrediction& p = fixture.models.at("near");
  EvaluationData moved = fixture.evaluation;
  moved.y = (fixture.evaluation.y.array() * 1e4 - 7).matrix();
  CHECK(test::score(kName, moved, p.affine(1e4, -7)) == test::close(test::score(kName, fixture.evaluation, p)));
}

}  // namespace
}  // namespace predcorr
