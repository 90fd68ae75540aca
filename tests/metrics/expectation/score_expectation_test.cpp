// SPDX-License-Identifier: Apache-2.0
#include "metrics/expectation/score_expectation.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "metrics/expectation/simulated_targets.hpp"
#include "tests/metrics/rich_data.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using Expectations = std::map<std::string, ScoreExpectation>;

Configured<Metric> made(const std::string& name) { return Registry<Metric>::instance().make({.name = name}, "test"); }

Expectations expected(const std::vector<std::string>& names, const EvaluationData& evaluation,
                      const JointPrediction& prediction, int draws = 1000, std::uint64_t seed = 1) {
  const ScoreExpectations expectations(evaluation, prediction, {.draws = draws}, Stream(seed));
  Expectations all;
  for (const std::string& name : names) {
    const auto metric = made(name).object;
    for (const ScoreExpectation& e : expectations.of(*metric, metric->score(evaluation, prediction)))
      all[e.key.text()] = e;
  }
  return all;
}

EvaluationData test_points(Vector y) { return {.y = std::move(y), .n_pool = 0, .oracle = std::nullopt}; }

/// One set of targets that the prediction itself draws.
EvaluationData drawn_from(const JointPrediction& p, std::uint64_t seed) {
  return test_points(metrics::simulated_targets(p, 1, Stream(seed).fork("truth")));
}

TEST_CASE("score expectations: closed forms and SciPy's integrals", "[metrics]") {
  const Json& file = test::reference("score_expectation_reference.json");
  const JointPrediction p = test::prediction(file.at("prediction"));
  const int draws = 20000;
  const Expectations all =
      expected({"joint_log_likelihood", "marginal_log_likelihood", "copula_log_likelihood", "crps", "energy_score",
                "whitened_chi_square", "r_statistic", "correlation_calibration", "interval_score", "variogram_score"},
               test_points(p.mean), p, draws);
  for (const auto& [key, moments] : file.at("moments").items()) {
    if (key == "squared_rmse") continue;
    INFO(key);
    REQUIRE(all.count(key) == 1);
    const ScoreExpectation& e = all.at(key);
    const double root = std::sqrt(static_cast<double>(e.draws));
    CHECK(e.draws >= 1300);
    CHECK(std::abs(e.mean - moments.at("mean").get<double>()) < 4.5 * e.sd / root);
    if (moments.at("sd").is_null()) continue;
    CHECK(e.sd == Approx(moments.at("sd").get<double>()).epsilon(8 / root));  // kurtosis up to some 13
  }
}

TEST_CASE("score expectations: RMSE of a known covariance", "[metrics]") {
  const Json& file = test::reference("score_expectation_reference.json");
  const JointPrediction p = test::prediction(file.at("prediction"));
  const ScoreExpectation e = expected({"rmse"}, test_points(p.mean), p, 20000).at("rmse");
  // mean^2 + sd^2 is the mean square, but for a part of 1 / draws.
  const Json& square = file.at("moments").at("squared_rmse");
  const double found = e.mean * e.mean + e.sd * e.sd;
  CHECK(std::abs(found - square.at("mean").get<double>()) < 4.5 * square.at("sd").get<double>() / std::sqrt(20000.0));
  CHECK(e.draws == 20000);
  CHECK(e.tail == 1);  // the targets are the means: no draw is better
}

TEST_CASE("score expectations: a model that is right has uniform tails", "[metrics]") {
  const JointPrediction p = test::densified(test::random_prediction(15, 4, 3));
  const std::vector<std::string> names = {"rmse", "joint_log_likelihood", "whitened_chi_square"};
  std::map<std::string, std::vector<double>> tails;
  const int repeats = 400;
  for (int r = 0; r < repeats; ++r)
    for (const auto& [key, e] : expected(names, drawn_from(p, 100 + r), p, 199, r)) tails[key].push_back(e.tail);
  for (const char* key :
       {"rmse", "joint_log_likelihood", "whitened_chi_square.joint", "whitened_chi_square.marginal"}) {
    INFO(key);
    std::vector<double>& own = tails.at(key);
    REQUIRE(own.size() == repeats);
    std::sort(own.begin(), own.end());
    double distance = 0;  // of Kolmogorov and Smirnov
    for (int i = 0; i < repeats; ++i)
      distance = std::max({distance, std::abs(own[static_cast<std::size_t>(i)] - (i + 0.5) / repeats) - 0.5 / repeats});
    CHECK(distance < 1.63 / std::sqrt(repeats) + 1.0 / 200);  // 1 %, and the steps of the tails
  }
}

TEST_CASE("score expectations: half the error bars lie in the smallest tail, twice in the largest", "[metrics]") {
  const JointPrediction truth = test::densified(test::random_prediction(100, 40, 3));
  const EvaluationData evaluation = drawn_from(truth, 7);
  const std::vector<std::string> names = {"joint_log_likelihood", "marginal_log_likelihood", "crps",
                                          "whitened_chi_square", "energy_score"};
  const Expectations narrow = expected(names, evaluation, truth.with_deviations_times(Vector::Constant(100, 0.5)));
  for (const char* key : {"joint_log_likelihood", "marginal_log_likelihood", "crps", "energy_score"}) {
    INFO(key);
    CHECK(narrow.at(key).tail == 1.0 / static_cast<double>(1 + narrow.at(key).draws));
  }
  CHECK(narrow.at("joint_log_likelihood").draws == 1000);
  CHECK(narrow.at("whitened_chi_square.joint").tail == 2.0 / 1001);  // of both sides
  const Expectations wide = expected(names, evaluation, truth.with_deviations_times(Vector::Constant(100, 2)));
  CHECK(wide.at("joint_log_likelihood").tail == 1);
  CHECK(wide.at("crps").tail == 1);
  CHECK(wide.at("whitened_chi_square.joint").tail == 2.0 / 1001);
  CHECK(expected(names, evaluation, truth).at("joint_log_likelihood").tail > 0.01);
}

TEST_CASE("score expectations: what does not depend on y has none", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(20);
  const JointPrediction p = test::random_prediction(150, 70, 8);
  const Expectations all = expected(Registry<Metric>::instance().names(), evaluation, p, 100);
  for (const char* key :
       {"meta_correlation.correlation_pearson", "kl_from_oracle", "grouped_kl_from_oracle.random_2",
        "covariance_health.rank", "miscalibration_area.expected", "calibration.sharpness",
        "correlation_calibration.slope_spread", "grouped_log_likelihood.random_100"})  // the last: too dear here
    CHECK(all.count(key) == 0);
  for (const char* key : {"rmse", "pit.cramer_von_mises", "grouped_log_likelihood.random_5",
                          "grouped_log_likelihood.dyadic_50_copula", "correlation_calibration.slope_error"}) {
    INFO(key);
    REQUIRE(all.count(key) == 1);
    CHECK(all.at(key).draws >= 60);
    CHECK(all.at(key).sd > 0);
  }
}

TEST_CASE("score expectations: the same bits on one thread and on several", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(20);
  const JointPrediction p = test::random_prediction(150, 70, 8);
  const auto names = Registry<Metric>::instance().names();
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 4);
  Expectations one, two;
  tbb::task_arena(1).execute([&] { one = expected(names, evaluation, p, 100); });
  tbb::task_arena(2).execute([&] { two = expected(names, evaluation, p, 100); });
  REQUIRE(one.size() == two.size());
  for (const auto& [key, e] : one) {
    INFO(key);
    CHECK(e.mean == two.at(key).mean);
    CHECK(e.sd == two.at(key).sd);
    CHECK(e.tail == two.at(key).tail);
  }
}

/// A metric of one score that is a function of y's mean, at a cost of its own choice.
class OfMean : public Metric {
 public:
  OfMean(Direction direction, double cost) : direction_(direction), cost_(cost) {}
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "of_mean", .direction = direction_, .meaning = "mean of y"}};
  }
  double draw_cost(const EvaluationData&, const JointPrediction&) const override { return cost_; }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction&) const override {
    const double mean = evaluation.test_targets().mean();
    require(mean < 1e6, ErrorKind::data, "too much");
    return {mean};
  }
  Direction direction_;
  double cost_;
};

TEST_CASE("score expectations: worse is what the direction says, and both sides where there is none", "[metrics]") {
  const JointPrediction p{Vector::Zero(2), Covariance::dense(Matrix::Zero(2, 2)), Vector::Constant(2, 2)};
  const auto tail = [&](Direction direction, double mean) {
    const EvaluationData evaluation = test_points(Vector::Constant(2, mean));
    const OfMean metric(direction, 1);
    return ScoreExpectations(evaluation, p, {.draws = 999}, Stream(1))
        .of(metric, metric.score(evaluation, p))
        .at(0)
        .tail;
  };
  CHECK(tail(Direction::lower, 10) == 0.001);
  CHECK(tail(Direction::higher, 10) == 1);
  CHECK(tail(Direction::none, 10) == 0.002);
  CHECK(tail(Direction::none, -10) == 0.002);
  CHECK(tail(Direction::none, 0) > 0.9);
  CHECK(tail(Direction::lower, 1.6448536269514722) == Approx(0.05).margin(0.025));  // y's mean is N(0, 1)
  CHECK(tail(Direction::higher, 1.6448536269514722) == Approx(0.95).margin(0.025));
  CHECK(tail(Direction::none, 1.9599639845400545) == Approx(0.05).margin(0.025));
}

TEST_CASE("score expectations: sizes decide how many draws there are", "[metrics]") {
  CHECK(most_draw_steps(10, 10) == 5e6);
  CHECK(most_draw_steps(200, 200) == 2e7);
  CHECK(most_draw_steps(5000, 10) == 1e9);
  CHECK(most_draw_steps(100000, 1000000) == 2e11);
  const JointPrediction p = test::random_prediction(10, 2, 1);
  const EvaluationData evaluation = test_points(p.mean);
  const auto draws = [&](double cost) { return draws_of(OfMean(Direction::none, cost), evaluation, p, 500); };
  CHECK(draws(1) == 500);
  CHECK(draws(1e5) == 50);
  CHECK(draws(2.5e5) == 20);
  CHECK(draws(2.6e5) == 0);
  CHECK(draws(std::numeric_limits<double>::infinity()) == 0);
  CHECK_THAT(test::error_of([&] { draws(-1); }), test::contains("draw_cost must not be negative, got -1"));

  // Joint densities may have 1000 draws up to 1000 points.
  const JointPrediction larger = test::densified(test::random_prediction(300, 2, 1));
  CHECK(draws_of(*made("joint_log_likelihood").object, test_points(larger.mean), larger, 1000) == 1000);
  CHECK(draws_of(*made("variogram_score").object, test_points(larger.mean), larger, 1000) == 50);
}

TEST_CASE("score expectations: no value, no draws, no covariance: no expectation", "[metrics]") {
  const JointPrediction p = test::random_prediction(6, 2, 1);
  const EvaluationData evaluation = test_points(p.mean), far = test_points(Vector::Constant(6, 1e7));
  const OfMean metric(Direction::none, 1);
  const auto all = [&](const EvaluationData& data, const JointPrediction& prediction, int draws) {
    return ScoreExpectations(data, prediction, {.draws = draws}, Stream(1)).of(metric, metric.score(data, prediction));
  };
  CHECK(all(evaluation, p, 20).size() == 1);
  CHECK(all(evaluation, p, 0).empty());
  CHECK(all(far, p, 20).empty());
  JointPrediction indefinite = p;
  indefinite.latent = Covariance::dense(Matrix::Constant(6, 6, 9) - 8 * Matrix::Identity(6, 6));
  CHECK(all(evaluation, indefinite, 20).empty());
  CHECK_THAT(test::error_of([&] { ScoreExpectations(evaluation, p.subset({0, 1}), {}, Stream(1)); }),
             test::contains("shape: expectation: 6 targets, 6 of them test points, for a prediction of 2 points"));
}

}  // namespace
}  // namespace predcorr
