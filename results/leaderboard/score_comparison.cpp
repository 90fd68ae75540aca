// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/score_comparison.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "metrics/ranks.hpp"

namespace predcorr {
namespace {

double mean_over(const Series& series, const std::vector<std::uint64_t>& seeds) {
  std::vector<double> values;
  for (const std::uint64_t seed : seeds) values.push_back(series.values.at(seed));
  return summarise(values).mean;
}

ScoreComparison compare(const std::map<std::string, const Series*>& series, Direction better) {
  std::map<std::string, std::set<std::uint64_t>> seeds;
  for (const auto& [label, own] : series)
    for (const auto& [seed, value] : own->values) seeds[label].insert(seed);
  ScoreComparison comparison{common_seeds(seeds), {}, {}, better == Direction::higher};
  if (comparison.common.seeds.empty()) return comparison;
  for (const std::string& label : comparison.common.models)
    comparison.means[label] = mean_over(*series.at(label), comparison.common.seeds);
  if (comparison.means.size() < 2) return comparison;
  const auto by_value = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [least, most] = std::minmax_element(comparison.means.begin(), comparison.means.end(), by_value);
  const double best = comparison.higher_is_better ? most->second : least->second;
  // Means of equal ranks may differ in their last digit.
  const double rounding = 1e-12 * std::abs(best);
  for (const auto& [label, mean] : comparison.means)
    if (std::abs(mean - best) <= rounding) comparison.best.push_back(label);
  return comparison;
}

}  // namespace

std::map<ScoreKey, ScoreComparison> compare_scores(const std::map<std::string, ScoreTable>& tables,
                                                   const std::vector<std::string>& excluded,
                                                   const ScoreCatalogue& catalogue) {
  std::map<ScoreKey, std::map<std::string, const Series*>> series;
  std::map<ScoreKey, Direction> directions;
  for (const auto& [label, table] : tables) {
    if (contains(excluded, label)) continue;
    for (const Series& own : table.series()) {
      const Direction better = catalogue.direction(own.key());
      if (better == Direction::none || own.values.empty()) continue;
      series[own.key()][label] = &own;
      directions[own.key()] = better;
    }
  }
  std::map<ScoreKey, ScoreComparison> all;
  for (const auto& [key, by_model] : series)
    if (by_model.size() >= 2) all[key] = compare(by_model, directions.at(key));
  return all;
}

std::vector<OverallRanks> overall_ranks(const std::vector<std::string>& labels,
                                        const std::map<std::string, std::map<ScoreKey, ScoreComparison>>& comparisons,
                                        const ScoreCatalogue& catalogue) {
  std::map<ScoreKey, std::map<std::string, std::vector<double>>> ranks;  // by score and model
  std::map<ScoreKey, int> counted;                                       // data sets, by score
  for (const auto& [dataset, by_score] : comparisons)
    for (const auto& [key, comparison] : by_score) {
      if (comparison.best.empty() || catalogue.find(key) == nullptr) continue;
      ++counted[key];
      Vector means(std::ssize(comparison.means));
      Index i = 0;
      for (const auto& [label, mean] : comparison.means) means(i++) = comparison.higher_is_better ? -mean : mean;
      const Vector rank = metrics::average_ranks(means, {.absolute = 0, .relative = 1e-9});
      i = 0;
      for (const auto& [label, mean] : comparison.means) ranks[key][label].push_back(rank(i++));
    }
  std::vector<OverallRanks> overall;
  for (const auto& [key, by_model] : ranks)
    for (const std::string& label : labels) {
      const auto found = by_model.find(label);
      if (found == by_model.end() || std::ssize(found->second) != counted[key]) continue;
      auto model = std::find_if(overall.begin(), overall.end(), [&](const auto& m) { return m.label == label; });
      if (model == overall.end()) model = overall.insert(overall.end(), {label, {}});
      model->scores[key] = {summarise(found->second).mean, counted[key]};
    }
  return overall;
}

}  // namespace predcorr
