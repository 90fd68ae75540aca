// SPDX-License-Identifier: Apache-2.0
#include "metrics/score_sheet.hpp"

#include <algorithm>

#include "metrics/acquisition/criterion.hpp"

namespace predcorr {
namespace {

constexpr const char* kNoiseIncluded = "the covariance includes noise, so f cannot be told from y";

Outcome of_test_points(const Outcome& outcome) {
  Outcome test{.y = outcome.test_targets(), .n_pool = 0, .oracle = std::nullopt};
  if (outcome.oracle) test.oracle = test_part(outcome, *outcome.oracle);
  if (outcome.inputs.size() > 0) test.inputs = outcome.inputs.bottomRows(outcome.n_test());
  return test;
}

void add_scores(const Outcome& outcome, const Submission& submission, ScoreSheet& sheet) {
  const auto& registry = Registry<Metric>::instance();
  for (const std::string& name : registry.names()) {
    try {
      const auto metric = registry.make({.name = name}, name).object;
      const std::vector<ScoreInfo> infos = described(*metric);
      std::vector<Score> scores = metric->score(outcome, submission.prediction);
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

void add_picks(const Outcome& outcome, const Submission& submission, Index batch, ScoreSheet& sheet) {
  const auto& registry = Registry<Criterion>::instance();
  const bool whole = submission.prediction.size() == outcome.y.size();
  for (const std::string& name : registry.names()) {
    std::string reason;
    try {
      const auto criterion = registry.make({.name = name}, name).object;
      if (outcome.n_pool == 0)
        reason = "there is no pool";
      else if (criterion->needs_prediction() && !whole)
        reason = "the prediction leaves the pool out";
      else if (criterion->needs_prediction() && !submission.pool_block)
        reason = "the prediction leaves the covariances between pool points out (a run keeps them with --keep all)";
      else if (criterion->needs_prediction() && submission.noise_included)
        reason = kNoiseIncluded;
      const Stream stream = Stream(1).fork("score").fork(name);
      if (reason.empty())
        sheet.selected[name] = criterion->select(submission.prediction, outcome.n_pool, batch, stream).picks;
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

std::vector<ScoreSheet> score_submissions(const Outcome& outcome, const std::vector<Submission>& submissions,
                                          const ScoreOptions& options) {
  const Outcome test = of_test_points(outcome);
  std::vector<ScoreSheet> sheets;
  std::vector<Contender> contenders;
  for (const Submission& submission : submissions) {
    const Index points = submission.prediction.size();
    require(points == outcome.y.size() || points == outcome.n_test(), ErrorKind::shape,
            "prediction '{}' is of {} points; the problem has {}, {} of them test points", submission.name, points,
            outcome.y.size(), outcome.n_test());
    const bool whole = points == outcome.y.size();
    ScoreSheet& sheet = sheets.emplace_back(ScoreSheet{submission.name, {}, {}, {}});
    add_scores(whole ? outcome : test, submission, sheet);
    add_picks(outcome, submission, options.batch, sheet);
    contenders.push_back({submission.name, whole ? test_part(outcome, submission.prediction) : submission.prediction});
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
