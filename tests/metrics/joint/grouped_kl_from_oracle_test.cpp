// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "metrics/gaussian.hpp"
#include "metrics/points/content_order.hpp"
#include "metrics/points/point_groups.hpp"
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "grouped_kl_from_oracle";

TEST_CASE("grouped_kl_from_oracle: NumPy's divergences of repeated observations", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const JointPrediction truth = test::prediction(json.at("truth")), model = test::prediction(json.at("model"));
  for (const Json& group : json.at("repeats")) {
    const Rows rows = group.at("rows").get<Rows>();
    INFO(rows.size() << " observations");
    for (const auto& [form, p] : test::forms(model))
      CHECK(metrics::kl_divergence(metrics::observations_at(truth, rows), metrics::observations_at(p, rows)) ==
            test::close(group.at("kl").get<double>()));
  }
}

TEST_CASE("grouped_kl_from_oracle: the mean over groups, per observation", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const JointPrediction truth = test::prediction(json.at("truth")), model = test::prediction(json.at("model"));
  const EvaluationData evaluation{.y = test::vector(json.at("y")), .n_pool = 0, .oracle = truth};
  const auto scores = test::scores(kName, evaluation, model);
  for (const Index size : {2, 5, 20}) {
    for (const char* kind : {"random", "dyadic"}) {
      const auto groups = metrics::at_places(
          kind[0] == 'r' ? metrics::random_groups(36, size, 100) : metrics::dyadic_draws(36, size, 100),
          metrics::test_order(evaluation, model).points);
      double total = 0;
      for (const Rows& rows : groups)
        total += metrics::kl_divergence(metrics::observations_at(truth, rows), metrics::observations_at(model, rows));
      const double points = static_cast<double>(size) * static_cast<double>(groups.size());
      const auto part = std::find_if(scores.begin(), scores.end(),
                                     [&](const Score& s) { return s.part == fmt::format("{}_{}", kind, size); });
      REQUIRE(part != scores.end());
      CHECK(part->value.value() == test::close(total / points));
    }
  }
}

TEST_CASE("grouped_kl_from_oracle: 0 for the oracle, and repeats see what random groups hardly do", "[metrics]") {
  // The model has the truth's marginals of y, but takes most of f's variance for noise.
  JointPrediction truth = test::random_prediction(60, 40, 2), model = truth;
  model.latent = truth.latent.scaled(0.3);
  model.noise_variance += 0.91 * truth.latent.diagonal();
  const EvaluationData evaluation{.y = truth.mean, .n_pool = 10, .oracle = truth};
  for (const Score& s : test::scores(kName, evaluation, truth)) {
    INFO(s.key().text());
    CHECK(s.value.has_value() == (s.part != "random_100"));
    if (s.value) CHECK(std::abs(*s.value) < 1e-11);
    if (!s.value) CHECK_THAT(s.reason, test::contains("fewer test points"));
  }
  CHECK(test::part(kName, "dyadic_10", evaluation, model) > 3 * test::part(kName, "random_10", evaluation, model));
}

TEST_CASE("grouped_kl_from_oracle: without noise repeats are singular, and without a truth all is absent",
          "[metrics]") {
  const JointPrediction truth = test::random_prediction(12, 3, 2);
  JointPrediction model = test::random_prediction(12, 20, 3);
  model.noise_variance.setZero();
  EvaluationData evaluation{.y = truth.mean, .n_pool = 0, .oracle = truth};
  for (const Score& s : test::scores(kName, evaluation, model)) {
    INFO(s.key().text());
    CHECK(s.value.has_value() == (s.part == "random_2" || s.part == "random_5" || s.part == "random_10"));
  }
  evaluation.oracle.reset();
  for (const Score& s : test::scores(kName, evaluation, truth))
    CHECK(s.reason == "the true posterior of this data set is not known");
}

}  // namespace
}  // namespace predcorr
