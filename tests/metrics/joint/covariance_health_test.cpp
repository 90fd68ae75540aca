// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "metrics/gaussian.hpp"
#include "metrics/points/content_order.hpp"
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "covariance_health";

EvaluationData outcome_at(const Vector& y) { return {.y = y, .n_pool = 0, .oracle = std::nullopt}; }

TEST_CASE("covariance_health: NumPy's eigenvalues, rank and condition", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const Json& expected = json.at(kName);
  for (const auto& [form, p] : test::forms(test::prediction(json.at("model"))))
    for (const Score& s : test::scores(kName, outcome_at(test::vector(json.at("y"))), p)) {
      INFO(form << ", " << s.key().text());
      const double value = expected.at(s.part).get<double>();
      if (s.part == "asymmetry")
        CHECK(s.value.value() < 1e-15);
      else
        CHECK(s.value.value() == test::close(value, s.part == "sensitivity" ? 1e-6 : 1e-8));
    }
}

TEST_CASE("covariance_health: a diagonal by hand", "[metrics]") {
  const JointPrediction p{Vector::Zero(3), Covariance::dense(Matrix(Vector{{4, 1, 0}}.asDiagonal())),
                          Vector{{1, 1, 2}}};
  const Vector y{{1, 0, 2}};
  CHECK(test::part(kName, "smallest_eigenvalue", outcome_at(y), p) == 0);
  CHECK(test::part(kName, "rank", outcome_at(y), p) == 2);
  CHECK(test::part(kName, "condition", outcome_at(y), p) == test::close(2.5));
  CHECK(test::part(kName, "latent_jitter", outcome_at(y), p) == test::close(1e-10));
  CHECK(test::part(kName, "jitter", outcome_at(y), p) == 0);
  // d/dv of -(log v + y^2 / v) / 2 at v = 5, 2, 2, times (1e-6 - 1e-8) times the mean variance 3, over 3 points.
  const double slope = -0.5 * ((1 / 5.0 - 1 / 25.0) + 1 / 2.0 + (1 / 2.0 - 4 / 4.0));
  CHECK(test::part(kName, "sensitivity", outcome_at(y), p) == test::close(slope * 0.99e-6, 1e-4));
}

TEST_CASE("covariance_health: a factor of few columns is what its dense form is", "[metrics]") {
  JointPrediction p = test::random_prediction(25, 6, 4);
  const bool equal_noise = GENERATE(true, false);
  if (equal_noise) p.noise_variance.setConstant(0.3);
  const EvaluationData evaluation = outcome_at(p.mean + Stream(2).normals(25));
  JointPrediction coarse = p;
  coarse.latent = Covariance::from_factor(RowMatrixF(p.latent.factor_rows(0, 25).cast<float>()));
  for (const JointPrediction& form : {p, test::densified(p), coarse}) {
    CHECK(test::part(kName, "rank", evaluation, form) == 6);
    CHECK(std::abs(test::part(kName, "smallest_eigenvalue", evaluation, form)) < 1e-15);
    CHECK(test::part(kName, "condition", evaluation, form) ==
          test::close(test::part(kName, "condition", evaluation, p), 1e-5));
    CHECK(test::part(kName, "latent_jitter", evaluation, form) <= 1.01e-10);
    CHECK(test::part(kName, "jitter", evaluation, form) == 0);
    CHECK(test::part(kName, "sensitivity", evaluation, form) ==
          test::close(test::part(kName, "sensitivity", evaluation, p), 1e-3));
  }
}

TEST_CASE("covariance_health: where jitter decides the score, its sensitivity says so", "[metrics]") {
  // 5 members, 20 points, no noise, and y off the members' span: 15 directions in which the variance is the jitter.
  JointPrediction p = test::random_prediction(20, 5, 4);
  p.noise_variance.setZero();
  const auto at_mean = test::scores(kName, outcome_at(p.mean), p);
  const auto value = [](const std::vector<Score>& scores, const std::string& part) {
    for (const Score& s : scores)
      if (s.part == part) return s.value;
    FAIL("no part " << part);
    return std::optional<double>();
  };
  CHECK(!value(at_mean, "condition"));
  // y on the mean: each of the 15 loses log(1e-6 / 1e-8) / 2 nats.
  CHECK(value(at_mean, "sensitivity").value() == test::close(-0.5 * 15 * std::log(100.0) / 20, 1e-3));
  CHECK(value(test::scores(kName, outcome_at(p.mean + Vector::Ones(20)), p), "sensitivity").value() > 1e3);
}

TEST_CASE("covariance_health: what is no covariance shows", "[metrics]") {
  const JointPrediction p{Vector::Zero(2), Covariance::dense(Matrix{{1, 2}, {2, 1}}), Vector::Zero(2)};
  const auto scores = test::scores(kName, outcome_at(Vector::Zero(2)), p);
  CHECK(scores.at(1).value.value() == test::close(-1.0 / 3));
  CHECK(scores.at(2).value.value() == 1);
  for (const std::size_t part : {3, 4, 5, 6}) {
    CHECK(!scores.at(part).value);
    CHECK_THAT(scores.at(part).reason, test::contains("not positive definite"));
  }
  const JointPrediction nothing{Vector::Zero(2), Covariance::dense(Matrix::Zero(2, 2)), Vector::Ones(2)};
  for (const Score& s : test::scores(kName, outcome_at(Vector::Zero(2)), nothing))
    CHECK(s.reason == "all latent variances are 0");
}

TEST_CASE("covariance_health: one point, and a sample of many", "[metrics]") {
  const JointPrediction one = test::random_prediction(1, 3, 2);
  CHECK(test::part(kName, "condition", outcome_at(one.mean), one) == 1);
  CHECK(test::part(kName, "rank", outcome_at(one.mean), one) == 1);
  const JointPrediction many = test::random_prediction(40, 30, 2);
  const auto metric = Registry<Metric>::instance().make({.name = kName, .parameters = {{"points", 20}}}, "test").object;
  Rows some = metrics::shuffled(metrics::test_order(outcome_at(many.mean), many));
  some.resize(20);
  const auto sampled = metric->score(outcome_at(many.mean), many);
  const auto exact = test::scores(kName, outcome_at(many.mean(some)), many.subset(some));
  for (std::size_t i = 0; i < exact.size(); ++i) CHECK(sampled.at(i).value == exact.at(i).value);
}

}  // namespace
}  // namespace predcorr
