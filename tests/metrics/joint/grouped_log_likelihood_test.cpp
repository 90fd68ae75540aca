// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"
#include "metrics/points/content_order.hpp"
#include "metrics/points/point_groups.hpp"
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "grouped_log_likelihood";

/// 110 test points behind a pool of 10, with inputs on which latent values depend smoothly.
struct Case {
  explicit Case(std::uint64_t seed = 1) {
    evaluation.inputs = Stream(seed).normals(240).reshaped(120, 2);
    RowMatrix features(120, 30);
    const Matrix weights = Stream(seed + 1).normals(60).reshaped(2, 30);
    features = (3 * evaluation.inputs * weights).array().sin() / 4;
    truth = {Vector::Zero(120), Covariance::from_factor(features), Vector::Constant(120, 0.1)};
    Stream draw(seed + 2);
    evaluation.y = features * draw.normals(30) + std::sqrt(0.1) * draw.normals(120);
    evaluation.n_pool = 10;
  }
  EvaluationData evaluation;
  JointPrediction truth;
};

/// Every score by its part.
std::map<std::string, double> parts_of(const EvaluationData& evaluation, const JointPrediction& p) {
  std::map<std::string, double> parts;
  for (const Score& s : test::scores(kName, evaluation, p)) {
    INFO(s.key().text());
    REQUIRE(s.value.has_value());
    parts[s.part] = *s.value;
  }
  return parts;
}

TEST_CASE("grouped_log_likelihood: the mean over the groups of joint densities, and its copula part", "[metrics]") {
  const Case c;
  const Vector y = c.evaluation.test_targets();
  const Rows order = metrics::test_order(c.evaluation, c.truth).points;
  const Matrix inputs = c.evaluation.inputs.bottomRows(110)(order, Eigen::all);
  for (const auto& [form, p] : {std::pair{"factor", c.truth}, std::pair{"dense", test::densified(c.truth)}}) {
    const JointPrediction of_test = test_part(c.evaluation, p);
    const auto parts = parts_of(c.evaluation, p);
    for (const Index size : {2, 10, 100}) {
      INFO(form << ", groups of " << size);
      for (const char* kind : {"random", "dyadic"}) {
        const auto groups = metrics::at_places(
            kind[0] == 'r' ? metrics::random_groups(110, size, 100) : metrics::dyadic_groups(inputs, size, 100), order);
        double joint = 0, marginal = 0;
        for (const Rows& rows : groups) {
          const JointPrediction own = of_test.subset(rows);
          joint += metrics::joint_log_density(y(rows), own);
          marginal += metrics::marginal_log_density(y(rows), own.mean, own.observed_variance());
        }
        const double points = static_cast<double>(size) * static_cast<double>(groups.size());
        const std::string part = fmt::format("{}_{}", kind, size);
        CHECK(parts.at(part) == test::close(joint / points));
        CHECK(parts.at(part + "_copula") == test::close((joint - marginal) / points, 1e-7));
      }
    }
  }
}

TEST_CASE("grouped_log_likelihood: independent predictions have no copula part and the marginal score", "[metrics]") {
  const Case c;
  JointPrediction p = c.truth;
  p.latent = Covariance::dense(p.latent.diagonal().asDiagonal());
  const double marginal = test::score("marginal_log_likelihood", c.evaluation, p);
  for (const Score& s : test::scores(kName, c.evaluation, p)) {
    INFO(s.key().text());
    REQUIRE(s.value.has_value());
    if (s.part.find("_copula") != std::string::npos) CHECK(std::abs(*s.value) < 1e-12);
    // Random groups of 2, 5 or 10 use all of the 110 points equally often.
    if (s.part == "random_2" || s.part == "random_5" || s.part == "random_10") CHECK(*s.value == test::close(marginal));
  }
}

TEST_CASE("grouped_log_likelihood: true correlations pay, the more the larger and the closer the group", "[metrics]") {
  double random_10 = 0, random_100 = 0, dyadic_10 = 0;
  constexpr int kRuns = 6;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    const Case c(10 * seed);
    const auto parts = parts_of(c.evaluation, c.truth);
    random_10 += parts.at("random_10_copula") / kRuns;
    random_100 += parts.at("random_100_copula") / kRuns;
    dyadic_10 += parts.at("dyadic_10_copula") / kRuns;
  }
  CHECK(random_10 > 0);
  CHECK(random_100 > 2 * random_10);
  CHECK(dyadic_10 > 2 * random_10);
}

TEST_CASE("grouped_log_likelihood: the whole test set as a group is the joint score", "[metrics]") {
  Case c;
  const Rows rows = consecutive_rows(10, 100);
  const EvaluationData hundred{.y = c.evaluation.y(rows), .n_pool = 0, .oracle = std::nullopt};
  const JointPrediction p = c.truth.subset(rows);
  CHECK(test::part(kName, "random_100", hundred, p) == test::close(metrics::joint_log_density(hundred.y, p) / 100));
  CHECK(test::score("copula_log_likelihood", hundred, p) ==
        test::close(test::part(kName, "random_100_copula", hundred, p), 1e-7));
}

TEST_CASE("grouped_log_likelihood: groups smaller than the members are regular, larger ones absent", "[metrics]") {
  const Case c;
  JointPrediction p = test::random_prediction(120, 15, 3);
  p.noise_variance.setZero();
  for (const Score& s : test::scores(kName, c.evaluation, p)) {
    const bool small = s.part.find("_20") == std::string::npos && s.part.find("_50") == std::string::npos &&
                       s.part.find("_100") == std::string::npos;
    INFO(s.key().text());
    CHECK(s.value.has_value() == small);
    if (!small) CHECK_THAT(s.reason, test::contains("singular in some group"));
  }
  CHECK(!test::scores("copula_log_likelihood", c.evaluation, p).at(0).value);
}

TEST_CASE("grouped_log_likelihood: without inputs there are no dyadic groups, and sizes must fit", "[metrics]") {
  Case c;
  c.evaluation.inputs = Matrix();
  for (const Score& s : test::scores(kName, c.evaluation, c.truth))
    CHECK(s.value.has_value() == (s.part.rfind("random", 0) == 0));
  const auto metric = Registry<Metric>::instance().make({.name = kName}, "test").object;
  const Json curves = metric->result(c.evaluation, c.truth).curves;
  CHECK(curves.size() == 4);
  CHECK(test::vector(curves.at("random_size")) == Vector{{2, 5, 10, 20, 50, 100}});
  const Vector joint = test::vector(curves.at("random_joint"));
  CHECK(joint.isApprox(test::vector(curves.at("random_marginal")) + test::vector(curves.at("random_copula")), 1e-12));
  const EvaluationData one{.y = Vector{{0.5}}, .n_pool = 0, .oracle = std::nullopt};
  for (const Score& s : test::scores(kName, one, c.truth.subset({0}))) CHECK(!s.value);
  CHECK(metric->result(one, c.truth.subset({0})).curves.is_null());
  c.evaluation.inputs = Matrix::Zero(7, 2);
  CHECK(test::scores(kName, c.evaluation, c.truth).at(0).reason == "score: 7 rows of inputs for 120 points");
}

}  // namespace
}  // namespace predcorr
