// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "correlation_calibration";

Json curves_of(const EvaluationData& evaluation, const JointPrediction& p) {
  return Registry<Metric>::instance().make({.name = kName}, "test").object->result(evaluation, p).curves;
}

TEST_CASE("correlation_calibration: NumPy's values and curves", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const Json& expected = json.at(kName);
  const EvaluationData evaluation{.y = test::vector(json.at("y")), .n_pool = 0, .oracle = std::nullopt};
  for (const auto& [form, p] : test::forms(test::prediction(json.at("model")))) {
    INFO(form);
    for (const Score& s : test::scores(kName, evaluation, p)) {
      INFO(s.key().text());
      // The spread is that of NumPy's 200000 draws.
      CHECK(s.value.value() == test::close(expected.at(s.part).get<double>(), s.part == "slope_spread" ? 0.01 : 1e-8));
    }
    const Json curves = curves_of(evaluation, p);
    REQUIRE(curves.size() == 4);
    for (const auto& [name, values] : expected.at("curves").items()) {
      INFO("curve " << name);
      CHECK(test::difference(test::vector(curves.at(name)), test::vector(values)) < 1e-8);
    }
  }
}

TEST_CASE("correlation_calibration: two points by hand", "[metrics]") {
  // Variances 4 and 9, correlation 1/2, z = (1, -2): the one product is -2, mean z^2 is 2.5.
  const JointPrediction p{Vector{{1, 1}}, Covariance::dense(Matrix{{3, 3}, {3, 5}}), Vector{{1, 4}}};
  const EvaluationData evaluation{.y = Vector{{3, -5}}, .n_pool = 0, .oracle = std::nullopt};
  CHECK(test::part(kName, "rms", evaluation, p) == test::close(2.5));
  CHECK(test::part(kName, "slope", evaluation, p) == test::close(-4));
  CHECK(test::part(kName, "slope_of_correlation", evaluation, p) == test::close(-1.6));
  CHECK(test::part(kName, "slope_spread", evaluation, p) == test::close(std::sqrt(1.25) / 0.5));  // of z_1 z_2 / rho
  CHECK(test::part(kName, "expected", evaluation, p) == 0);
  CHECK(!test::scores(kName, evaluation, p).at(3).value);  // a point left out leaves no pair
  CHECK(curves_of(evaluation, p).at("count").empty());
}

/// What correlations of 0.8 between points of one of 30 factors make of 600 points.
struct Clustered {
  Clustered(double true_correlation, double predicted_correlation, double error_bars, std::uint64_t seed) {
    constexpr Index n = 600;
    const auto factor = [](double correlation) {
      RowMatrix f = RowMatrix::Zero(n, 30);
      for (Index i = 0; i < n; ++i) f(i, i % 30) = (i % 2 == 0 ? 1 : -1) * std::sqrt(correlation);
      return f;
    };
    Stream stream(seed);
    evaluation.y = factor(true_correlation) * stream.normals(30) + std::sqrt(1 - true_correlation) * stream.normals(n);
    prediction = {Vector::Zero(n), Covariance::from_factor(factor(predicted_correlation)),
                  Vector::Constant(n, 1 - predicted_correlation)};
    prediction = prediction.with_deviations_times(Vector::Constant(n, error_bars));
  }
  EvaluationData evaluation;
  JointPrediction prediction;
};

TEST_CASE("correlation_calibration: the slope is the true correlation over the predicted one", "[metrics]") {
  // The standard error of the slope is itself uncertain: with 30 factors by 1 / sqrt(2 * 20), so 6 of them.
  for (const auto& [true_one, predicted, bars] :
       {std::tuple{0.6, 0.6, 1.0}, {0.3, 0.9, 1.0}, {0.6, 0.6, 0.5}, {0, 0.5, 1}}) {
    INFO("true " << true_one << ", predicted " << predicted << ", error bars times " << bars);
    const Clustered c(true_one, predicted, bars, 3);
    const double slope = test::part(kName, "slope", c.evaluation, c.prediction) * bars * bars;
    const double error = test::part(kName, "slope_error", c.evaluation, c.prediction) * bars * bars;
    CHECK(std::abs(slope - true_one / predicted) < 6 * error + 1e-3);
    // Error bars that are too small by one factor are left aside.
    CHECK(std::abs(test::part(kName, "slope_of_correlation", c.evaluation, c.prediction) - true_one / predicted) <
          6 * error + 1e-3);
  }
}

TEST_CASE("correlation_calibration: over repetitions the slope spreads as told, its jackknife error by less",
          "[metrics]") {
  // 200 points with 8 common factors: many pairs, few independent numbers.
  constexpr Index n = 200;
  constexpr int kRuns = 150;
  const RowMatrix factor = 0.5 * Stream(1).normals(n * 8).reshaped(n, 8);
  const JointPrediction p{Vector::Zero(n), Covariance::from_factor(factor), Vector::Ones(n)};
  Stream stream(5);
  Vector slopes(kRuns), errors(kRuns);
  double spread = 0;
  for (int run = 0; run < kRuns; ++run) {
    const EvaluationData evaluation{
        .y = factor * stream.normals(8) + stream.normals(n), .n_pool = 0, .oracle = std::nullopt};
    slopes(run) = test::part(kName, "slope", evaluation, p);
    errors(run) = test::part(kName, "slope_error", evaluation, p);
    spread = test::part(kName, "slope_spread", evaluation, p);
  }
  // The slope's distribution is skewed, like that of chi-square with some 8 degrees of freedom, whose kurtosis of 4.5
  // gives the squared deviations a relative standard error of sqrt(3.5 / 150).
  CHECK(std::abs(slopes.mean() - 1) < 4.5 * spread / std::sqrt(static_cast<double>(kRuns)));
  const double square = (slopes.array() - slopes.mean()).square().sum() / (kRuns - 1);
  CHECK(std::abs(square / (spread * spread) - 1) < 4.5 * std::sqrt(3.5 / kRuns));
  CHECK(errors.mean() > 0.1 * spread);
  CHECK(errors.mean() < spread);
}

TEST_CASE("correlation_calibration: independent points' jackknife error is on the safe side", "[metrics]") {
  // The correlations predicted are not there: products are 1 in variance and uncorrelated where they share one point.
  constexpr Index n = 100;
  constexpr int kRuns = 100;
  const JointPrediction p = test::random_prediction(n, 6, 9);
  const Vector deviation = p.observed_variance().cwiseSqrt();
  Stream stream(6);
  Vector slopes(kRuns), errors(kRuns);
  for (int run = 0; run < kRuns; ++run) {
    const EvaluationData evaluation{
        .y = p.mean + deviation.cwiseProduct(stream.normals(n)), .n_pool = 0, .oracle = std::nullopt};
    slopes(run) = test::part(kName, "slope", evaluation, p);
    errors(run) = test::part(kName, "slope_error", evaluation, p);
  }
  const double found = std::sqrt((slopes.array() - slopes.mean()).square().sum() / (kRuns - 1));
  CHECK(std::abs(slopes.mean()) < 4.5 * found / std::sqrt(static_cast<double>(kRuns)));
  // Standard deviations of 100 runs are good to 1 / sqrt(200). Where no part of the statistic is linear in one point,
  // as here, the jackknife is known to be large, by sqrt(2) and, with groups, a little more.
  const double ratio = std::sqrt(errors.squaredNorm() / kRuns) / found;
  CHECK(ratio > 0.9);
  CHECK(ratio < 1.9);
}

TEST_CASE("correlation_calibration: predictions without correlations have no slope but an RMS", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(40, 1, 2);
  JointPrediction p = c.prediction;
  p.latent = Covariance::dense(p.latent.diagonal().asDiagonal());
  const auto scores = test::scores(kName, c.evaluation, p);
  CHECK(scores.at(0).value.has_value());
  CHECK(scores.at(1).value.has_value());
  CHECK(scores.at(2).reason == "the predicted correlations are all 0: they have no slope");
  CHECK(test::vector(curves_of(c.evaluation, p).at("count")) == Vector{{780}});
}

TEST_CASE("correlation_calibration: one point has no pairs, and no variance no residual", "[metrics]") {
  const test::CalibrationCase one(Vector{{2}}, Vector{{1}}, Vector{{2}});
  CHECK(test::reason(kName, one) == "one test point has no pairs");
  const test::CalibrationCase zero(Vector{{2, 1}}, Vector{{1, 1}}, Vector{{2, 0}});
  CHECK(test::reason(kName, zero) == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
