// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/score_comparison.hpp"

#include <set>

#include "core/base/text.hpp"
#include "results/statistics/seeds_needed.hpp"

namespace predcorr {
namespace {

/// Seeds x models, in the order of `common`.
Matrix values_of(const std::map<std::string, const Series*>& series, const CommonSeeds& common) {
  Matrix values(std::ssize(common.seeds), std::ssize(common.models));
  for (Index m = 0; m < values.cols(); ++m) {
    const Series& own = *series.at(common.models[static_cast<std::size_t>(m)]);
    for (Index s = 0; s < values.rows(); ++s) values(s, m) = own.values.at(common.seeds[static_cast<std::size_t>(s)]);
  }
  return values;
}

/// What it would take to tell the leader from the model with the next best mean, where Holm's adjustment asks most: of
/// all pairs the first.
std::optional<int> seeds_to_tell(const ScoreComparison& comparison) {
  const ComparedModel* next = nullptr;
  for (const auto& [label, model] : comparison.models)
    if (model.to_leader && (next == nullptr || model.to_leader->difference < next->to_leader->difference))
      next = &model;
  if (next == nullptr) return std::nullopt;
  const auto models = static_cast<double>(comparison.models.size()), pairs = models * (models - 1) / 2;
  const std::optional<int> seeds = seeds_needed(*next->to_leader, kAlpha / pairs);
  return seeds && *seeds > kMostSeeds ? std::nullopt : seeds;
}

ScoreComparison compare(const std::map<std::string, const Series*>& series, Direction better, double overlap) {
  std::map<std::string, std::set<std::uint64_t>> seeds;
  for (const auto& [label, own] : series)
    for (const auto& [seed, value] : own->values) seeds[label].insert(seed);
  ScoreComparison comparison;
  comparison.common = common_seeds(seeds);
  comparison.higher_is_better = better == Direction::higher;
  const CommonSeeds& common = comparison.common;
  if (common.seeds.empty()) return comparison;
  const double sign = comparison.higher_is_better ? -1 : 1;
  const PairwiseResult pairs = compare_all_pairs(sign * values_of(series, common), overlap);
  for (std::size_t m = 0; m < common.models.size(); ++m) {
    comparison.models[common.models[m]] = {sign * pairs.means[m], pairs.standings[m], pairs.to_best[m],
                                           pairs.p_of(m, pairs.best)};
    comparison.told_apart = comparison.told_apart || pairs.standings[m].rank_low > 1;
  }
  if (common.models.size() < 2) return comparison;
  comparison.leader = common.models[pairs.best];
  for (const auto& [label, model] : comparison.models)
    if (model.standing.top) comparison.best.push_back(label);
  if (!comparison.told_apart) comparison.seeds_needed = seeds_to_tell(comparison);
  return comparison;
}

}  // namespace

const ComparedModel* ScoreComparison::find(const std::string& model) const {
  const auto found = models.find(model);
  return found == models.end() ? nullptr : &found->second;
}

ScoreComparisons compare_scores(const DatasetTables& tables, const std::vector<std::string>& excluded,
                                const ScoreCatalogue& catalogue, double overlap) {
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
  ScoreComparisons all;
  for (const auto& [key, by_model] : series)
    if (by_model.size() >= 2) all[key] = compare(by_model, directions.at(key), overlap);
  return all;
}

}  // namespace predcorr
