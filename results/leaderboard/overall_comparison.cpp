// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/overall_comparison.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "metrics/ranks.hpp"
#include "results/statistics/multiple_tests.hpp"
#include "results/statistics/normalised_score.hpp"
#include "results/statistics/wilcoxon.hpp"

namespace predcorr {
namespace {

/// One score over data sets: what is compared, and by which numbers.
struct OverallTable {
  std::vector<std::string> datasets, models, left_out;
  Matrix means;  // data sets x models, lower is better
};

OverallTable overall_table(const std::vector<std::string>& labels,
                           const std::map<std::string, const ScoreComparison*>& by_dataset) {
  OverallTable table;
  for (const auto& [dataset, comparison] : by_dataset) table.datasets.push_back(dataset);
  for (const std::string& label : labels) {
    const auto has = [&](const auto& entry) { return entry.second->find(label) != nullptr; };
    if (std::all_of(by_dataset.begin(), by_dataset.end(), has))
      table.models.push_back(label);
    else if (std::any_of(by_dataset.begin(), by_dataset.end(), has))
      table.left_out.push_back(label);
  }
  table.means.resize(std::ssize(table.datasets), std::ssize(table.models));
  for (Index d = 0; const auto& [dataset, comparison] : by_dataset) {
    for (Index m = 0; m < table.means.cols(); ++m) {
      const double mean = comparison->find(table.models[static_cast<std::size_t>(m)])->mean;
      table.means(d, m) = comparison->higher_is_better ? -mean : mean;
    }
    ++d;
  }
  return table;
}

// Means of equal ranks may differ in their last digits.
constexpr metrics::Ties kSameMean{.absolute = 0, .relative = 1e-9};

/// Data sets x models.
Matrix rank_rows(const Matrix& means) {
  Matrix ranks(means.rows(), means.cols());
  for (Index d = 0; d < means.rows(); ++d) ranks.row(d) = metrics::average_ranks(means.row(d).transpose(), kSameMean);
  return ranks;
}

/// Share of (data set, opponent) pairs won: a rank is 1 + losses + ties / 2.
double win_rate_of(double mean_rank, Index models) {
  return (static_cast<double>(models) - mean_rank) / static_cast<double>(models - 1);
}

/// Each model against the one of the best mean rank, signed ranks over data sets.
std::vector<std::optional<double>> signed_rank_p(const Matrix& means, Index best) {
  std::vector<std::optional<double>> p(static_cast<std::size_t>(means.cols()));
  for (Index m = 0; m < means.cols(); ++m) {
    if (m == best) continue;
    const Vector differences = means.col(m) - means.col(best);
    p[static_cast<std::size_t>(m)] = wilcoxon({differences.begin(), differences.end()}).p;
  }
  return holm(p);
}

/// Nemenyi's test where Friedman's finds that the models differ at all; two models have the signed ranks alone.
std::vector<Standing> overall_standings(const std::vector<double>& ranks, const OverallScore& score,
                                        const std::vector<std::optional<double>>& p) {
  const bool any = score.friedman && score.friedman->f_p < kAlpha;
  const auto below = [](const std::optional<double>& value) { return value && *value < kAlpha; };
  return standings(ranks, [&](std::size_t i, std::size_t j) {
    if (ranks.size() == 2) return below(p[i]) || below(p[j]);
    return any && std::abs(ranks[i] - ranks[j]) > *score.critical_difference;
  });
}

OverallScore compared_overall(const ScoreKey& key, const OverallTable& table) {
  OverallScore score;
  score.key = key;
  score.datasets = table.datasets;
  score.left_out = table.left_out;
  const Index models = table.means.cols(), datasets = table.means.rows();
  if (models < 2) return score;
  if (datasets >= 2) {
    score.critical_difference = nemenyi_critical_difference(static_cast<int>(models), static_cast<int>(datasets));
    if (models >= 3) score.friedman = friedman(table.means);
  }
  const Vector mean_ranks = rank_rows(table.means).colwise().mean().transpose();
  const std::vector<double> ranks(mean_ranks.begin(), mean_ranks.end());
  Index best = 0;
  mean_ranks.minCoeff(&best);
  std::vector<std::optional<double>> p(ranks.size());
  if (datasets >= 2) p = signed_rank_p(table.means, best);
  const std::vector<Standing> standing = overall_standings(ranks, score, p);
  for (std::size_t m = 0; m < ranks.size(); ++m) {
    score.models.push_back({table.models[m], ranks[m], win_rate_of(ranks[m], models), standing[m], p[m], std::nullopt});
    score.told_apart = score.told_apart || standing[m].rank_low > 1;
  }
  std::ranges::stable_sort(score.models, {}, &OverallModel::mean_rank);
  return score;
}

const Series* series_of(const DatasetTables& tables, const std::string& label, const ScoreKey& key) {
  const auto table = tables.find(label);
  return table == tables.end() ? nullptr : table->second.find(key);
}

/// By means over the seeds that all three have.
std::optional<double> normalised_on(const DatasetTables& tables, const std::string& label, const ScoreKey& key,
                                    const ScoreAnchors& anchors) {
  const Series *own = series_of(tables, label, key), *floor = series_of(tables, anchors.floor, key),
               *ceiling = series_of(tables, anchors.ceiling, key);
  if (own == nullptr || floor == nullptr || ceiling == nullptr) return std::nullopt;
  double sums[3] = {};
  int seeds = 0;
  for (const auto& [seed, value] : own->values) {
    const auto low = floor->values.find(seed), high = ceiling->values.find(seed);
    if (low == floor->values.end() || high == ceiling->values.end()) continue;
    sums[0] += value;
    sums[1] += low->second;
    sums[2] += high->second;
    ++seeds;
  }
  if (seeds == 0) return std::nullopt;
  return normalised_score(sums[0] / seeds, sums[1] / seeds, sums[2] / seeds);
}

/// Mean over the data sets that have both points.
std::optional<double> normalised(const std::string& label, const OverallScore& score, const ScoreAnchors& anchors,
                                 const AllTables& tables) {
  double sum = 0;
  int count = 0;
  for (const std::string& dataset : score.datasets)
    if (const auto share = normalised_on(tables.at(dataset), label, score.key, anchors)) {
      sum += *share;
      ++count;
    }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

}  // namespace

std::vector<OverallScore> compare_overall(const std::vector<std::string>& labels,
                                          const std::map<std::string, const ScoreComparisons*>& comparisons,
                                          const ScoreCatalogue& catalogue, const ScoreAnchors& anchors,
                                          const AllTables& tables) {
  std::map<ScoreKey, std::map<std::string, const ScoreComparison*>> by_score;
  for (const auto& [dataset, of_dataset] : comparisons)
    for (const auto& [key, comparison] : *of_dataset)
      if (!comparison.leader.empty() && catalogue.find(key) != nullptr) by_score[key][dataset] = &comparison;
  std::vector<OverallScore> all;
  for (const auto& [key, by_dataset] : by_score) {
    OverallScore score = compared_overall(key, overall_table(labels, by_dataset));
    for (OverallModel& model : score.models) model.normalised = normalised(model.label, score, anchors, tables);
    if (!score.models.empty()) all.push_back(std::move(score));
  }
  return all;
}

}  // namespace predcorr
