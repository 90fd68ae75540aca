// SPDX-License-Identifier: Apache-2.0
// Metrics that break one rule each, and the check that must notice.
#include "metrics/conformance/metric_checks.hpp"

#include <tbb/task_arena.h>

#include <atomic>
#include <functional>
#include <limits>

#include "tests/support/check_faults.hpp"

namespace predcorr {
namespace {

using conformance::MetricTrial;
using Values = std::vector<std::optional<double>>;

/// Mean squared error and mean variance; a test may change a part of it.
struct Script : Metric {
  std::function<Values(const EvaluationData&, const JointPrediction&)> values_of = sound;
  std::function<Json(const EvaluationData&, const JointPrediction&)> curves_of =
      [](const EvaluationData&, const JointPrediction&) { return Json(); };
  std::string meaning = "a number", name = "scripted", why = "not defined";

  static Values sound(const EvaluationData& evaluation, const JointPrediction& p) {
    const Index n = evaluation.n_test();
    return {(evaluation.test_targets() - p.mean.tail(n)).cwiseAbs().mean(), p.observed_variance().tail(n).mean()};
  }
  std::vector<ScoreInfo> describe() const override {
    return {{.name = name, .part = "error", .direction = Direction::lower, .meaning = "a number"},
            {.name = name, .part = "variance", .meaning = meaning}};
  }
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& p) const override {
    return {values_of(evaluation, p), curves_of(evaluation, p)};
  }
  std::string why_absent() const override { return why; }
};

std::shared_ptr<Script> with(std::function<Values(const EvaluationData&, const JointPrediction&)> values) {
  auto script = std::make_shared<Script>();
  script->values_of = std::move(values);
  return script;
}

TEST_CASE("metric checks: a metric that keeps the rules passes", "[metrics]") {
  const Script sound;
  MetricTrial trial(sound);
  CHECK(test::failures(conformance::metric_checks(), trial) == "");
}

TEST_CASE("metric checks: each fault is caught by the check about it", "[metrics]") {
  const auto calls = std::make_shared<std::atomic<int>>(0);
  const auto taken = std::make_shared<Script>();
  taken->name = "r_statistic";  // r_statistic has other parts
  taken->meaning = "";
  const auto mute = with([](const EvaluationData& o, const JointPrediction& p) {
    Values all = Script::sound(o, p);
    if (!o.oracle) all[0].reset();
    return all;
  });
  mute->why = "";
  struct Draws : Script {
    Index columns;
    explicit Draws(Index n) : columns(n) {}
    Matrix do_score_draws(const EvaluationData&, const JointPrediction&, const Matrix&) const override {
      return Matrix::Constant(2, columns, 7);
    }
  };
  const auto draws_others = std::make_shared<Draws>(3), draws_few = std::make_shared<Draws>(1);
  const auto plots_nan = std::make_shared<Script>();
  plots_nan->curves_of = [](const EvaluationData&, const JointPrediction&) {
    return Json{{"line", {1.0, std::numeric_limits<double>::quiet_NaN()}}};
  };
  const auto plots_much = std::make_shared<Script>();
  plots_much->curves_of = [](const EvaluationData&, const JointPrediction&) {
    return Json{{"line", std::vector<double>(2000, 1.0)}};
  };
  const auto plots_a_number = std::make_shared<Script>();
  plots_a_number->curves_of = [](const EvaluationData&, const JointPrediction&) { return Json{{"line", 1.0}}; };
  test::expect_faults_caught<MetricTrial, Metric>(
      {{"no meaning", taken, "description", "'r_statistic.variance' does not say what it means"},
       {"one value of two",
        with([](const EvaluationData&, const JointPrediction&) { return Values{1.0}; }),
        "values",
        "a metric: do_score returned 1 values for the 2 scores that it describes",
        {"any"}},
       {"an int thrown",
        with([](const EvaluationData& o, const JointPrediction& p) {
          if (o.n_test() == 1) throw 42;
          return Script::sound(o, p);
        }),
        "values",
        "a metric: do_score: something was thrown that is no std::exception",
        {"repeated"}},
       {"infinite where nothing is uncertain", with([](const EvaluationData& o, const JointPrediction& p) {
          return Values{1 / p.observed_variance().tail(o.n_test()).mean(), 1.0};
        }),
        "values", "no uncertainty at all: a value is inf"},
       {"absent everywhere",
        with([](const EvaluationData&, const JointPrediction&) { return Values{1.0, std::nullopt}; }), "ordinary",
        "'scripted.variance' of 150 ordinary test points is absent: not defined"},
       {"does not say why", mute, "reasons", "'scripted.error' is absent and does not say why"},
       {"counts its calls",
        with([calls](const EvaluationData& o, const JointPrediction& p) {
          Values all = Script::sound(o, p);
          *all[0] *= 1 + 1e-14 * ++*calls;
          return all;
        }),
        "repeated",
        "asked again: 'scripted.error' is",
        {"threads"}},
       {"as many results as threads", with([](const EvaluationData& o, const JointPrediction& p) {
          Values all = Script::sound(o, p);
          *all[0] += 1e-9 * tbb::this_task_arena::max_concurrency();
          return all;
        }),
        "threads", "on 4 threads, against one: 'scripted.error'"},
       {"the first point", with([](const EvaluationData& o, const JointPrediction& p) {
          return Values{o.test_targets()(0), p.observed_variance().tail(o.n_test()).mean()};
        }),
        "point-order", "the same points in another order: 'scripted.error'"},
       {"forgets the diagonal", with([](const EvaluationData& o, const JointPrediction& p) {
          const double own = p.latent.extra_diagonal().size() > 0 ? p.latent.extra_diagonal().mean() : 0;
          return Values{1.0, p.observed_variance().tail(o.n_test()).mean() - own};
        }),
        "forms", "the covariance as a factor and a diagonal, against dense: 'scripted.variance'"},
       {"draws that are not its scores", draws_others, "draws", "other targets, many at once: 'scripted.error' is 7"},
       {"too few draws", draws_few, "draws", "do_score_draws returned 2 x 1 values for 2 scores of 3 draws"},
       {"a curve of NaN", plots_nan, "curves", "a metric: curves: 'line' is not a list of finite numbers"},
       {"a curve that is a number", plots_a_number, "curves", "'line' is not a list of finite numbers"},
       {"a long curve", plots_much, "curves", "2000 numbers, more than 1000"}},
      conformance::metric_checks());
}

TEST_CASE("metric checks: a name that another metric has is said", "[metrics]") {
  struct Twin : Script {
    std::vector<ScoreInfo> describe() const override { return {{.name = "rmse", .meaning = "an error"}}; }
    MetricResult do_score(const EvaluationData&, const JointPrediction&) const override { return {1.0}; }
  };
  const Twin twin;
  MetricTrial trial(twin);
  CHECK(test::failures(conformance::metric_checks(), trial) ==
        "description: 'rmse' is a score of metric 'rmse' already\n");
}

TEST_CASE("metric checks: every registered metric keeps the rules", "[metrics]") {
  const auto& registry = Registry<Metric>::instance();
  for (const std::string& name : registry.names()) {
    INFO(name);
    const auto metric = registry.make({.name = name}, name);
    MetricTrial trial(*metric.object);
    CHECK(test::failures(conformance::metric_checks(), trial) == "");
  }
}

}  // namespace
}  // namespace predcorr
