// SPDX-License-Identifier: Apache-2.0
#include "results/submission/score_sheet.hpp"

#include <algorithm>
#include <iterator>

#include "metrics/active_learning/criterion.hpp"

namespace predcorr {
namespace {

constexpr const char* kNoiseIncluded = "the covariance includes noise, so f cannot be told from y";

EvaluationData of_test_points(const EvaluationData& evaluation) {
  EvaluationData test{.y = evaluation.test_targets(), .n_pool = 0, .oracle = std::nullopt};
  if (evaluation.oracle) test.oracle = test_part(evaluation, *evaluation.oracle);
  if (evaluation.inputs.size() > 0) test.inputs = evaluation.inputs.bottomRows(evaluation.n_test());
  return test;
}

/// None where the metric breaks its rules: its scores stand.
std::vector<ScoreExpectation> expectations_of(const ScoreExpectations& expectations, const Metric& metric,
                                              const std::vector<Score>& scores) {
  try {
    return expectations.of(metric, scores);
  } catch (const Error&) {
    return {};
  }
}

void add_scores(const EvaluationData& evaluation, const Submission& submission, const ExpectationOptions& options,
                ScoreSheet& sheet) {
  const ScoreExpectations expectations(evaluation, submission.prediction, options,
                                       Stream(1).fork("score").fork("expectation"));
  const auto& registry = Registry<Metric>::instance();
  for (const std::string& name : registry.names()) {
    try {
      const auto metric = registry.make({.name = name}, name).object;
      const std::vector<ScoreInfo> infos = described(*metric);
      std::vector<Score> scores = metric->score(evaluation, submission.prediction);
      std::vector<ScoreExpectation> expected = expectations_of(expectations, *metric, scores);
      std::move(expected.begin(), expected.end(), std::back_inserter(sheet.expectations));
      for (std::size_t i = 0; i < scores.size(); ++i) {
        if (submission.noise_included && infos[i].of_latent)
          scores[i] = {scores[i].name, scores[i].part, std::nullopt, kNoiseIncluded};
        sheet.scores.push_back(std::move(scores[i]));
      }
    } catch (const Error& e) {  // a plug-in that cannot be made, or described, hides no other
      sheet.scores.push_back({name, "", std::nullopt, e.what()});
    }
  }
}

void add_picks(const EvaluationData& evaluation, const Submission& submission, Index batch, ScoreSheet& sheet) {
  const auto& registry = Registry<Criterion>::instance();
  const bool whole = submission.prediction.size() == evaluation.y.size();
  for (const std::string& name : registry.names()) {
    std::string reason;
    try {
      const auto criterion = registry.make({.name = name}, name).object;
      if (evaluation.n_pool == 0)
        reason = "there is no pool";
      else if (criterion->needs_prediction() && !whole)
        reason = "the prediction leaves the pool out";
      else if (criterion->needs_prediction() && !submission.pool_block)
        reason = "the prediction leaves the covariances between pool points out (a run keeps them with --keep all)";
      else if (criterion->needs_prediction() && submission.noise_included)
        reason = kNoiseIncluded;
      const Stream stream = Stream(1).fork("score").fork(name);
      if (reason.empty())
        sheet.selected[name] = criterion->select(submission.prediction, evaluation.n_pool, batch, stream).picks;
    } catch (const Error& e) {
      reason = e.what();
    }
    if (!reason.empty()) sheet.not_selected[name] = reason;
  }
}

Configured<CrossMetric> cross_metric(const std::string& name, int neighbours) {
  const auto& registry = Registry<CrossMetric>::instance();
  Spec spec{.name = name};
  const std::vector<ParameterInfo> parameters = registry.find(name).parameters();
  if (std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.name == "neighbours"; }))
    spec.parameters["neighbours"] = neighbours;
  return registry.make(spec, name);
}

}  // namespace

std::vector<ScoreSheet> score_submissions(const EvaluationData& evaluation, const std::vector<Submission>& submissions,
                                          const ScoreOptions& options) {
  const EvaluationData test = of_test_points(evaluation);
  std::vector<ScoreSheet> sheets;
  std::vector<Contender> contenders;
  for (const Submission& submission : submissions) {
    const Index points = submission.prediction.size();
    require(points == evaluation.y.size() || points == evaluation.n_test(), ErrorKind::shape,
            "prediction '{}' is of {} points; the problem has {}, {} of them test points", submission.name, points,
            evaluation.y.size(), evaluation.n_test());
    const bool whole = points == evaluation.y.size();
    ScoreSheet& sheet = sheets.emplace_back(ScoreSheet{submission.name, {}, {}, {}});
    add_scores(whole ? evaluation : test, submission, options.expectation, sheet);
    add_picks(evaluation, submission, options.batch, sheet);
    contenders.push_back(
        {submission.name, whole ? test_part(evaluation, submission.prediction) : submission.prediction});
  }
  for (const std::string& name : Registry<CrossMetric>::instance().names()) {
    std::vector<ContenderScores> all;
    try {
      all = cross_metric(name, options.neighbours).object->scores(test.y, contenders);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::internal) throw;
      for (const Contender& contender : contenders)
        all.push_back({contender.label, {{name, "", std::nullopt, e.what()}}});
    }
    for (std::size_t i = 0; i < all.size(); ++i)
      sheets[i].scores.insert(sheets[i].scores.end(), all[i].scores.begin(), all[i].scores.end());
  }
  return sheets;
}

}  // namespace predcorr
