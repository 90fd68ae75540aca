// SPDX-License-Identifier: Apache-2.0
#include "metrics/conformance/metric_checks.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <cmath>

#include "core/base/stream.hpp"

namespace predcorr::conformance {
namespace {

using Values = std::vector<std::optional<double>>;

constexpr std::size_t kMostCurveNumbers = 1000;

std::string number(const std::optional<double>& value) { return value ? fmt::format("{:.12g}", *value) : "absent"; }

/// Names the score that is furthest off, relative to its size, if it is further off than `tolerance`.
std::string difference(const MetricTrial& trial, const Values& got, const Values& expected, double tolerance) {
  const std::vector<ScoreInfo> infos = described(trial.metric());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool both = got[i].has_value() && expected[i].has_value();
    const double size = both ? std::max({std::abs(*got[i]), std::abs(*expected[i]), 1e-6}) : 0;
    const bool fits = both ? *got[i] == *expected[i] || std::abs(*got[i] - *expected[i]) <= tolerance * size
                           : got[i].has_value() == expected[i].has_value();
    if (!fits) return fmt::format("'{}' is {}, not {}", infos[i].key().text(), number(got[i]), number(expected[i]));
  }
  return "";
}

std::string check_description(MetricTrial& trial) {
  const std::vector<ScoreInfo> infos = described(trial.metric());
  for (const ScoreInfo& info : infos) {
    expect(!info.meaning.empty(), "'{}' does not say what it means", info.key().text());
    const auto& registry = Registry<Metric>::instance();
    for (const std::string& name : registry.names()) {
      if (name == trial.metric().registered_name()) continue;
      for (const ScoreInfo& other : described(*registry.make({.name = name}, name).object))
        expect(info.key() != other.key(), "'{}' is a score of metric '{}' already", info.key().text(), name);
    }
  }
  return "";
}

std::string check_values(MetricTrial& trial) {
  for (const Scene& scene : scenes()) {
    const Values all = trial.values(scene);
    for (const std::optional<double>& value : all)
      expect(!value || std::isfinite(*value), "{}: a value is {}", scene.name, number(value));
  }
  return "";
}

std::string check_ordinary(MetricTrial& trial) {
  const Scene& scene = rich_scene();
  const std::vector<Score> scores = trial.metric().score(scene.evaluation, scene.prediction);
  for (const Score& score : scores)
    expect(score.value.has_value(), "'{}' of 150 ordinary test points is absent: {}", score.key().text(), score.reason);
  return "";
}

std::string check_reasons(MetricTrial& trial) {
  for (const Scene& scene : scenes())
    for (const Score& score : trial.metric().score(scene.evaluation, scene.prediction))
      expect(score.value.has_value() || !score.reason.empty(), "{}: '{}' is absent and does not say why", scene.name,
             score.key().text());
  return "";
}

std::string check_repeated(MetricTrial& trial) {
  for (const Scene& scene : scenes()) {
    const Values first = trial.values(scene);
    expect_none(difference(trial, trial.values(scene), first, 0), scene.name + ", asked again");
  }
  return "";
}

std::string check_threads(MetricTrial& trial) {
  const Scene& scene = rich_scene();
  Values alone, several;
  tbb::task_arena(1).execute([&] { alone = trial.values(scene); });
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 4);
  tbb::task_arena(4).execute([&] { several = trial.values(scene); });
  expect_none(difference(trial, several, alone, 0), "on 4 threads, against one");
  return "";
}

std::string check_order(MetricTrial& trial) {
  const Scene& scene = rich_scene();
  const std::string off = difference(trial, trial.values(shuffled(scene)), trial.values(scene), 1e-7);
  if (trial.metric().draws_points()) return off.empty() ? "" : "points are drawn by their place: " + off;
  expect_none(off, "the same points in another order");
  return "";
}

std::string check_forms(MetricTrial& trial) {
  const Scene& scene = rich_scene();
  std::optional<Values> dense;
  for (const auto& [form, prediction] : forms_of(scene.prediction)) {
    const Values all = trial.values(scene.evaluation, prediction);
    if (!dense)
      dense = all;
    else
      expect_none(difference(trial, all, *dense, 1e-6), "the covariance as " + form + ", against dense");
  }
  return "";
}

/// score_draws of three sets of targets; an Error of the metric's own is no failure, but leaves no values.
Matrix drawn_values(MetricTrial& trial, const Scene& scene, const Matrix& targets) {
  try {
    return trial.metric().score_draws(scene.evaluation, scene.prediction, targets);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::internal) throw Failure{e.what(), e.kind()};
    return Matrix::Constant(static_cast<Index>(described(trial.metric()).size()), targets.cols(), std::nan(""));
  }
}

std::string check_draws(MetricTrial& trial) {
  const Scene& scene = rich_scene();
  if (std::isinf(trial.metric().draw_cost(scene.evaluation, scene.prediction))) return "no score depends on y";
  const Index n = scene.evaluation.n_test();
  Matrix targets(n, 3);
  for (Index draw = 0; draw < 3; ++draw)
    targets.col(draw) = scene.evaluation.test_targets() + (0.5 + static_cast<double>(draw)) * Stream(draw).normals(n);
  const Matrix drawn = drawn_values(trial, scene, targets);
  EvaluationData other = scene.evaluation;
  other.dealt_by = scene.evaluation.test_targets();
  std::vector<Values> one_by_one;
  for (Index draw = 0; draw < 3; ++draw) {
    other.y.tail(n) = targets.col(draw);
    one_by_one.push_back(trial.values(other, scene.prediction));
  }
  for (std::size_t draw = 0; draw < 3; ++draw) {
    Values got;
    for (std::size_t i = 0; i < one_by_one[draw].size(); ++i) {
      const auto row = drawn.row(static_cast<Index>(i));
      const double value = row(static_cast<Index>(draw));
      if (row.array().isNaN().all())
        got.push_back(one_by_one[draw][i]);  // does not depend on y, or is not drawn
      else
        got.push_back(std::isnan(value) ? std::nullopt : std::optional(value));
    }
    expect_none(difference(trial, got, one_by_one[draw], 1e-7), "other targets, many at once");
  }
  return "";
}

std::string check_curves(MetricTrial& trial) {
  bool some = false;
  for (const Scene& scene : scenes()) {
    Json curves;
    try {
      curves = trial.result(scene.evaluation, scene.prediction).curves;
    } catch (const Failure&) {  // as the check of the values says
      continue;
    }
    if (curves.is_null()) continue;
    try {
      trial.metric().check_curves(curves);
    } catch (const Error& e) {
      throw Failure{e.what(), e.kind()};
    }
    some = true;
    std::size_t numbers = 0;
    for (const Json& curve : curves) numbers += curve.size();
    expect(!curves.empty(), "{}: an object without a curve; return null", scene.name);
    expect(numbers <= kMostCurveNumbers, "{}: {} numbers, more than {}", scene.name, numbers, kMostCurveNumbers);
  }
  return some ? "" : "has no plot";
}

}  // namespace

MetricResult MetricTrial::result(const predcorr::EvaluationData& evaluation, const JointPrediction& p) const {
  try {
    return metric_.result(evaluation, p);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::internal) throw Failure{e.what(), e.kind()};
    return Values(described(metric_).size());
  }
}

const std::vector<MetricCheck>& metric_checks() {
  static const std::vector<MetricCheck> all = {
      {"description", "each score has a name of its own and says what it means",
       "Give every ScoreInfo a meaning, and names that no other metric has.", check_description},
      {"values", "as many values as scores, finite or absent, whatever the prediction is like",
       "Return std::nullopt, or throw an Error that says why, where a score cannot be had: an oracle that is not "
       "there, "
       "one test point, a singular covariance. Let nothing overflow.",
       check_values},
      {"ordinary", "150 test points with pool, oracle and inputs have every score",
       "A score that is absent here is absent everywhere.", check_ordinary},
      {"reasons", "an absent score says why", "Throw an Error with the reason, or let why_absent() say it.",
       check_reasons},
      {"repeated", "the same prediction gives the same bits",
       "Draw random numbers only from a Stream with a fixed seed. No clock, no global generator, no mutable state.",
       check_repeated},
      {"threads", "the same bits on one thread and on several",
       "Write only what a loop's step owns, and add up in a "
       "fixed order.",
       check_threads},
      {"point-order", "the same points in another order have the same score",
       "Break ties by values and not by places; look at n_pool for where the test points begin. A metric that draws "
       "points at random says so by draws_points().",
       check_order},
      {"forms", "a covariance scores the same, dense or as a factor, with or without a diagonal of its own",
       "Ask for block() or diagonal(), or treat each form, extra_diagonal() included.", check_forms},
      {"draws", "scores of many other targets at once are those of one at a time",
       "Let do_score_draws do what do_score does, points and groups drawn as by evaluation.y; or leave it out.",
       check_draws},
      {"curves", "what plots need is null or named lists of finite numbers, a thousand in all at most",
       "Return {\"name\": [numbers]}; thin out long lines.", check_curves},
  };
  return all;
}

std::vector<Question> metric_questions(MetricTrial& trial) { return questions(metric_checks(), trial, ""); }

}  // namespace predcorr::conformance
