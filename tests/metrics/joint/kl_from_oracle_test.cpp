// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/fixtures.hpp"

namespace predcorr {
namespace {

const std::string kName = "kl_from_oracle";

TEST_CASE("kl_from_oracle: NumPy's values", "[metrics]") {
  test::for_every_prediction([](const test::Fixture& fixture, const Json& expected, const JointPrediction& p) {
    CHECK(test::score(kName, fixture.evaluation, p) == test::close(expected.at(kName).get<double>()));
  });
}

TEST_CASE("kl_from_oracle: one point by hand, and 0 for the oracle itself", "[metrics]") {
  const auto one = [](double mean, double latent, double noise) {
    return JointPrediction{Vector{{mean}}, Covariance::dense(Matrix{{latent}}), Vector{{noise}}};
  };
  const EvaluationData evaluation{.y = Vector{{3}}, .n_pool = 0, .oracle = one(1, 1, 1)};
  // (v0 / v1 + d^2 / v1 - 1 + log(v1 / v0)) / 2 with v0 = 2, v1 = 5, d = 2.
  CHECK(test::score(kName, evaluation, one(3, 4, 1)) == test::close(0.5 * (0.4 + 0.8 - 1 + std::log(2.5))));
  CHECK(std::abs(test::score(kName, evaluation, one(1, 0.5, 1.5))) < 1e-15);  // y's distribution counts, not its parts
}

TEST_CASE("kl_from_oracle: what the joint log-likelihood loses on average over the oracle's draws", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const JointPrediction truth = test::prediction(json.at("truth")), model = test::prediction(json.at("model"));
  Matrix covariance = truth.latent.matrix();
  covariance.diagonal() += truth.noise_variance;
  const Matrix root = Cholesky(covariance, 0).lower();
  EvaluationData evaluation{.y = truth.mean, .n_pool = 0, .oracle = truth};
  const double divergence = test::score(kName, evaluation, model);
  Stream stream(4);
  constexpr Index kDraws = 400;
  Vector loss(kDraws);
  for (double& l : loss) {
    evaluation.y = truth.mean + root * stream.normals(36);
    l = test::score("joint_log_likelihood", evaluation, truth) - test::score("joint_log_likelihood", evaluation, model);
  }
  const double error = std::sqrt((loss.array() - loss.mean()).square().mean() / kDraws);
  CHECK(std::abs(loss.mean() - divergence) < 4.5 * error);
}

TEST_CASE("kl_from_oracle: without a truth, or with a singular model, there is a reason", "[metrics]") {
  const test::Fixture fixture("metrics_small.json");
  EvaluationData evaluation = fixture.evaluation;
  JointPrediction p = test::random_prediction(13, 2, 1);
  p.noise_variance.setZero();
  CHECK_THAT(test::scores(kName, evaluation, p).at(0).reason, test::contains("is singular"));
  evaluation.oracle.reset();
  CHECK(test::scores(kName, evaluation, fixture.models.at("near")).at(0).reason ==
        "the true posterior of this data set is not known");
}

}  // namespace
}  // namespace predcorr
