// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include "metrics/gaussian.hpp"
#include "metrics/joint/pre_ranks.hpp"
#include "metrics/marginal/miscalibration_area.hpp"
#include "metrics/marginal/residuals.hpp"
#include "metrics/points/content_order.hpp"
#include "metrics/points/point_groups.hpp"
#include "tests/metrics/calibration_cases.hpp"
#include "tests/metrics/rich_data.hpp"

namespace predcorr {
namespace {

const std::string kName = "pre_rank_calibration";

/// Clusters of five points, far from one another in the inputs and far apart in their means: within a cluster y's
/// correlation is `rho`, between them 0, all variances 1.
struct Clusters {
  static constexpr Index kClusters = 120, kSize = 5, n = kClusters * kSize;

  static JointPrediction prediction(double rho) {
    RowMatrix factor = RowMatrix::Zero(n, kClusters);
    for (Index i = 0; i < n; ++i) factor(i, i / kSize) = std::sqrt(rho);
    return {10 * Stream(1).normals(n), Covariance::from_factor(factor), Vector::Constant(n, 1 - rho)};
  }

  static EvaluationData drawn(double rho, Stream& stream) {
    EvaluationData evaluation;
    evaluation.y = 10 * Stream(1).normals(n) + std::sqrt(1 - rho) * stream.normals(n);
    const Vector common = std::sqrt(rho) * stream.normals(kClusters);
    evaluation.inputs = Matrix(n, 1);
    for (Index i = 0; i < n; ++i) {
      evaluation.y(i) += common(i / kSize);
      evaluation.inputs(i, 0) = 100.0 * static_cast<double>(i / kSize) + 0.1 * static_cast<double>(i % kSize);
    }
    return evaluation;
  }
};

/// By part, with fewer draws than by default, which saves time.
std::map<std::string, double> scores_of(const EvaluationData& evaluation, const JointPrediction& p) {
  const Spec spec{.name = kName, .parameters = {{"draws", 100}}};
  std::map<std::string, double> all;
  for (const Score& s : Registry<Metric>::instance().make(spec, "test").object->score(evaluation, p))
    all[s.part] = s.value.value();
  return all;
}

/// Mean scores of a prediction with correlation `predicted` over data of correlation `true_rho`.
std::map<std::string, double> mean_scores(double predicted, double true_rho, int runs = 10) {
  Stream stream(7);
  std::map<std::string, double> means;
  for (int run = 0; run < runs; ++run)
    for (const auto& [part, value] : scores_of(Clusters::drawn(true_rho, stream), Clusters::prediction(predicted)))
      means[part] += value / runs;
  return means;
}

TEST_CASE("pre_rank_calibration: areas of the groups' transforms, and their histograms", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(20);
  const JointPrediction p = test::random_prediction(150, 70, 8), at_test = test_part(evaluation, p);
  const Rows points = metrics::test_order(evaluation, p).points;
  const Vector z = (evaluation.test_targets() - at_test.mean).cwiseQuotient(at_test.observed_variance().cwiseSqrt());
  const auto groups = metrics::at_places(metrics::random_groups(130, 5, 1), points);
  REQUIRE(groups.size() == 26);
  Vector density(26), dependence(26);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const Matrix c = metrics::observed_covariance(metrics::observations_at(at_test, groups[g]));
    const Matrix r = metrics::correlation_matrix(c);
    density(static_cast<Index>(g)) = metrics::highest_density_pit(z(groups[g]), r);
    dependence(static_cast<Index>(g)) = metrics::dependence_pit(z(groups[g]), r).value();
  }
  CHECK(test::part(kName, "random_hdr", evaluation, p) ==
        test::close(metrics::area_from_uniform(metrics::sorted(density)), 1e-12));
  CHECK(test::part(kName, "random_dependence", evaluation, p) ==
        test::close(metrics::area_from_uniform(metrics::sorted(dependence)), 1e-12));
  CHECK(test::part(kName, "expected", evaluation, p) == test::close(metrics::expected_area_from_uniform(26), 1e-14));
  const Json curves = Registry<Metric>::instance().make({.name = kName}, "test").object->result(evaluation, p).curves;
  CHECK(curves.size() == 9);
  CHECK(curves.at("edges").size() == 21);
  for (const auto& [name, values] : curves.items()) {
    INFO(name);
    if (name != "edges") CHECK(test::vector(values).mean() == test::close(1, 1e-12));
  }
  const metrics::Histogram histogram(density, 0, 1, 20);
  CHECK(test::difference(test::vector(curves.at("random_hdr")), histogram.density(26)) < 1e-12);
}

TEST_CASE("pre_rank_calibration: a right prediction has what chance has", "[metrics]") {
  const auto means = mean_scores(0.8, 0.8, 20);
  const double expected = means.at("expected");
  CHECK(expected == test::close(metrics::expected_area_from_uniform(Clusters::kClusters), 1e-10));
  // The area's standard deviation is about four tenths of its mean; 20 runs. Clusters are independent of one another.
  // Random groups are not, as they share clusters: all are low together, which the copula's transform counts.
  for (const auto& [part, mean] : means) {
    INFO(part << " " << mean / expected);
    CHECK(mean > 0.6 * expected);
    CHECK(mean < (part == "random_copula" ? 2.5 : 1.4) * expected);
  }
}

TEST_CASE("pre_rank_calibration: right marginals and wrong correlations are found out by neighbours", "[metrics]") {
  const auto weak = mean_scores(0, 0.8), strong = mean_scores(0.8, 0);
  for (const char* part : {"neighbours_hdr", "neighbours_copula", "neighbours_dependence"}) {
    INFO(part);
    CHECK(weak.at(part) > 3 * weak.at("expected"));
    CHECK(strong.at(part) > 3 * strong.at("expected"));
  }
  // Without correlations the direction of most variance is any: only too strong ones are seen along it.
  CHECK(strong.at("neighbours_principal_component") > 3 * strong.at("expected"));
  // Points of random groups are hardly correlated, so that little is seen there.
  for (const char* part : {"random_hdr", "random_copula", "random_dependence"}) {
    INFO(part);
    CHECK(weak.at(part) < 2 * weak.at("expected"));
  }
}

TEST_CASE("pre_rank_calibration: error bars of half the size are found out, but not by the dependence", "[metrics]") {
  Stream stream(9);
  const EvaluationData evaluation = Clusters::drawn(0.5, stream);
  const JointPrediction right = Clusters::prediction(0.5);
  const JointPrediction half = right.with_deviations_times(Vector::Constant(Clusters::n, 0.5));
  const auto of_half = scores_of(evaluation, half), of_right = scores_of(evaluation, right);
  for (const char* part : {"random_hdr", "random_principal_component", "neighbours_hdr"})
    CHECK(of_half.at(part) > 2 * of_half.at("expected"));
  for (const char* part : {"random_dependence", "neighbours_dependence"})
    CHECK(of_half.at(part) == test::close(of_right.at(part), 1e-10));
}

TEST_CASE("pre_rank_calibration: points in another order have the same scores", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(0);
  const JointPrediction p = test::random_prediction(150, 70, 8);
  const Rows rows = Stream(4).permutation(150);
  EvaluationData other = evaluation;
  other.y = evaluation.y(rows);
  other.inputs = evaluation.inputs(rows, Eigen::all);
  other.oracle = evaluation.oracle->subset(rows);
  const auto before = test::scores(kName, evaluation, p), after = test::scores(kName, other, p.subset(rows));
  REQUIRE(before.size() == 9);
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(after[i].value.value() == test::close(before[i].value.value(), 1e-9));
}

TEST_CASE("pre_rank_calibration: what is absent, and why", "[metrics]") {
  const auto absent = [](const EvaluationData& evaluation, const JointPrediction& p) {
    std::string parts;
    for (const Score& s : test::scores(kName, evaluation, p)) {
      if (!s.value) parts += s.part + " ";
      CHECK(s.value.has_value() == s.reason.empty());
    }
    return parts;
  };
  const std::string neighbours =
      "neighbours_hdr neighbours_copula neighbours_dependence neighbours_principal_component ";
  const std::string random = "random_hdr random_copula random_dependence random_principal_component ";
  EvaluationData evaluation = test::rich_data(0);
  const JointPrediction p = test::random_prediction(150, 70, 8);
  CHECK(absent(evaluation, p) == "");
  JointPrediction singular = test::random_prediction(150, 3, 8);
  singular.noise_variance.setZero();
  CHECK(absent(evaluation, singular) == "random_hdr neighbours_hdr ");
  evaluation.inputs = Matrix();
  CHECK(absent(evaluation, p) == neighbours);
  evaluation.y = p.mean;
  CHECK(absent(evaluation, p) == "random_dependence " + neighbours);
  const test::CalibrationCase few(Vector{{2, 1, 3, 4}}, Vector{{1, 1, 1, 1}}, Vector{{2, 1, 1, 1}}, 3);
  CHECK(absent(few.evaluation, few.prediction) == random + neighbours + "expected ");
  const test::CalibrationCase sure(Vector{{2, 1}}, Vector{{1, 1}}, Vector{{0, 1}});
  CHECK(test::reason(kName, sure) == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
