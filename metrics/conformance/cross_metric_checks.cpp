// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/stream.hpp"
#include "metrics/conformance/metric_checks.hpp"

namespace predcorr::conformance {
namespace {

constexpr double kRounding = 1e-9;

struct ProblemPredictions {
  Vector y;
  std::vector<Contender> contenders;
};

/// Three models and, behind them, two guests, on 30 points.
ProblemPredictions example() {
  ProblemPredictions all{drawn_prediction(30, 12, 70).mean, {}};
  for (const auto& [label, seed] :
       {std::pair{"first", 71}, {"second", 72}, {"third", 73}, {"guest", 74}, {"visitor", 75}})
    all.contenders.push_back({label, drawn_prediction(30, 12, static_cast<std::uint64_t>(seed)), seed >= 74});
  return all;
}

using ByLabel = std::map<std::string, std::map<std::string, std::optional<double>>>;

ByLabel by_label(const std::vector<ContenderScores>& all) {
  ByLabel map;
  for (const ContenderScores& one : all)
    for (const Score& score : one.scores) map[one.label][score.key().text()] = score.value;
  return map;
}

/// Compares the scores of the labels that both have.
std::string difference(const ByLabel& got, const ByLabel& expected, double tolerance) {
  for (const auto& [label, scores] : got) {
    const auto other = expected.find(label);
    if (other == expected.end()) continue;
    if (scores.size() != other->second.size())
      return fmt::format("'{}' has {} scores, not {}", label, scores.size(), other->second.size());
    for (const auto& [key, value] : scores) {
      const auto found = other->second.find(key);
      if (found == other->second.end()) return fmt::format("'{}' has a score '{}' more", label, key);
      const bool both = value && found->second;
      if (both ? std::abs(*value - *found->second) > tolerance * std::max(1.0, std::abs(*value))
               : value.has_value() != found->second.has_value())
        return fmt::format("'{}' of '{}' is {}, not {}", key, label, value ? fmt::format("{:.10g}", *value) : "absent",
                           found->second ? fmt::format("{:.10g}", *found->second) : "absent");
    }
  }
  return "";
}

std::string check_description(CrossMetricTrial& trial) {
  for (const ScoreInfo& info : described(trial.metric()))
    expect(!info.meaning.empty(), "'{}' does not say what it means", info.key().text());
  return "";
}

std::string check_entries(CrossMetricTrial& trial) {
  const ProblemPredictions all = example();
  for (const std::size_t count : {5, 3, 1}) {
    const std::vector<Contender> some(all.contenders.begin(),
                                      all.contenders.begin() + static_cast<std::ptrdiff_t>(count));
    for (const ContenderScores& one : trial.scores(all.y, some))
      for (const Score& score : one.scores)
        expect(score.value.has_value() || !score.reason.empty(),
               "{} contenders: '{}' of '{}' is absent and does not say why", count, score.key().text(), one.label);
  }
  ProblemPredictions certain = all;
  for (Contender& contender : certain.contenders) contender.test.noise_variance.setZero();
  certain.contenders[0].test.latent = Covariance::from_factor(RowMatrix(RowMatrix::Zero(30, 1)));
  trial.scores(certain.y, certain.contenders);
  return "";
}

std::string check_repeated(CrossMetricTrial& trial) {
  const ProblemPredictions all = example();
  const ByLabel first = by_label(trial.scores(all.y, all.contenders));
  expect_none(difference(by_label(trial.scores(all.y, all.contenders)), first, 0), "asked again");
  return "";
}

std::string check_contender_order(CrossMetricTrial& trial) {
  ProblemPredictions all = example();
  const ByLabel first = by_label(trial.scores(all.y, all.contenders));
  std::reverse(all.contenders.begin(), all.contenders.end());
  expect_none(difference(by_label(trial.scores(all.y, all.contenders)), first, kRounding), "contenders backwards");
  return "";
}

std::string check_guests(CrossMetricTrial& trial) {
  const ProblemPredictions all = example();
  const ByLabel with = by_label(trial.scores(all.y, all.contenders));
  for (const std::size_t left : {3, 4}) {  // without both guests, and without the second
    const std::vector<Contender> some(all.contenders.begin(),
                                      all.contenders.begin() + static_cast<std::ptrdiff_t>(left));
    expect_none(difference(by_label(trial.scores(all.y, some)), with, kRounding),
                fmt::format("without {} guest{}", 5 - left, left == 4 ? "" : "s"));
  }
  return "";
}

std::string check_point_order(CrossMetricTrial& trial) {
  const ProblemPredictions all = example();
  ProblemPredictions other = all;
  const Rows rows = Stream(92).permutation(all.y.size());
  other.y = all.y(rows);
  for (Contender& contender : other.contenders) contender.test = contender.test.subset(rows);
  expect_none(difference(by_label(trial.scores(other.y, other.contenders)),
                         by_label(trial.scores(all.y, all.contenders)), kRounding),
              "the same points in another order");
  return "";
}

}  // namespace

std::vector<ContenderScores> CrossMetricTrial::scores(const Vector& y, const std::vector<Contender>& contenders) const {
  try {
    return metric_.checked_scores(y, contenders);
  } catch (const Error& e) {
    throw Failure{e.what(), e.kind()};
  }
}

const std::vector<CrossMetricCheck>& cross_metric_checks() {
  static const std::vector<CrossMetricCheck> all = {
      {"description", "each score says what it means", "Give every ScoreInfo a meaning.", check_description},
      {"entries", "every contender gets its entry, in order, with scores that are described, one contender alone, too",
       "Return one ContenderScores for each contender, in their order; leave out a value, with a reason, where there "
       "is "
       "none.",
       check_entries},
      {"repeated", "the same predictions give the same bits",
       "Draw random numbers only from a Stream with a fixed seed. No clock, no global generator, no mutable state.",
       check_repeated},
      {"contender-order", "the order of the contenders does not matter", "Break ties between contenders by averaging.",
       check_contender_order},
      {"guests", "a guest moves nobody else's scores",
       "Let guests be scored, but keep them out of references, ranks and means of the others.", check_guests},
      {"point-order", "the same points in another order give the same scores",
       "Break ties by values and not by places.", check_point_order},
  };
  return all;
}

std::vector<Question> cross_metric_questions(CrossMetricTrial& trial) {
  return questions(cross_metric_checks(), trial, "");
}

}  // namespace predcorr::conformance
