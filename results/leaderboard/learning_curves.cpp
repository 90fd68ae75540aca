// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/learning_curves.hpp"

#include "results/leaderboard/score_table.hpp"

namespace predcorr {
namespace {

/// Training rows of every round that was planned: of those there are, and of those an early end left out.
std::vector<Index> planned_rows(const std::vector<LearningRound>& rounds) {
  std::vector<Index> n_train;
  for (const LearningRound& round : rounds) n_train.push_back(round.n_train);
  if (const auto& stopped = rounds.back().stopped)
    n_train.insert(n_train.end(), stopped->n_train.begin(), stopped->n_train.end());
  return n_train;
}

double mean_height(const std::vector<Index>& n_train, const std::vector<double>& values) {
  double area = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    area += 0.5 * (values[i] + values[i - 1]) * static_cast<double>(n_train[i] - n_train[i - 1]);
  return area / static_cast<double>(n_train.back() - n_train.front());
}

/// One predictor's scores, over seeds.
struct CurveTables {
  explicit CurveTables(std::size_t planned) : rounds(planned) {}

  void add(std::uint64_t seed, const std::vector<LearningRound>& own, const std::string& predictor) {
    for (std::size_t i = 0; i < own.size(); ++i)
      for (const Score& score : own[i].scores.at(predictor)) rounds[i].add(seed, score);
    for (const Score& score : own.back().scores.at(predictor)) last.add(seed, score);
    for (const auto& [key, score] : curve_scores(own, predictor)) means[key].push_back(score.mean);
  }

  std::vector<ScoreTable> rounds;
  ScoreTable last;
  std::map<ScoreKey, std::vector<double>> means;
};

std::optional<Summary> summary_of(const Series* series, double overlap) {
  if (series == nullptr || series->values.empty()) return std::nullopt;
  return series->summary(overlap);
}

}  // namespace

std::map<ScoreKey, CurveScore> curve_scores(const std::vector<LearningRound>& rounds, const std::string& predictor) {
  std::map<ScoreKey, std::vector<double>> values;
  for (const LearningRound& round : rounds)
    for (const Score& score : round.scores.at(predictor))
      if (score.value) values[score.key()].push_back(*score.value);
  const std::vector<Index> n_train = planned_rows(rounds);
  std::map<ScoreKey, CurveScore> all;
  if (n_train.size() < 2) return all;
  for (auto& [key, list] : values) {
    if (list.size() != rounds.size()) continue;
    const double last = list.back();
    list.resize(n_train.size(), last);
    all[key] = {last, mean_height(n_train, list)};
  }
  return all;
}

std::vector<LearningCurve> learning_curves(const RunIndex::Curve& curve, std::size_t planned, double overlap) {
  std::vector<LearningCurve> all;
  if (curve.records.empty()) return all;
  std::vector<Index> n_train;
  std::vector<double> reached;
  int stopped = 0;
  std::map<std::uint64_t, std::vector<LearningRound>> seeds;
  for (const auto& [seed, filed] : curve.records) {
    const std::vector<LearningRound>& rounds = seeds[seed] = filed->rounds();
    const std::vector<Index> rows = planned_rows(rounds);
    if (rows.size() > n_train.size()) n_train = rows;
    reached.push_back(static_cast<double>(rounds.back().n_train));
    if (rounds.back().stopped) ++stopped;
  }
  for (const auto& [predictor, unused] : seeds.begin()->second.front().scores) {
    CurveTables tables(n_train.size());
    for (const auto& [seed, rounds] : seeds) tables.add(seed, rounds, predictor);
    LearningCurve& one = all.emplace_back();
    one.criterion = curve.entry.criterion;
    one.selector = curve.entry.selector;
    one.predictor = predictor;
    one.seeds = seeds.size();
    one.planned = planned;
    one.n_train = n_train;
    for (const Series& named : tables.rounds.front().series()) {
      auto& [key, summaries] = one.scores.emplace_back(named.key(), std::vector<std::optional<Summary>>());
      for (const ScoreTable& round : tables.rounds) summaries.push_back(summary_of(round.find(key), overlap));
    }
    for (const auto& [key, values] : tables.means) one.mean_over_curve[key] = summarise(values, overlap);
    if (stopped == 0) continue;
    one.stopped = LearningCurve::Stopped{stopped, summarise(reached), {}};
    for (const Series& s : tables.last.series())
      if (!s.values.empty()) one.stopped->last.emplace_back(s.key(), s.summary(overlap));
  }
  return all;
}

}  // namespace predcorr
