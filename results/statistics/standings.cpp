// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/standings.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.hpp"
#include "results/statistics/multiple_tests.hpp"

namespace predcorr {
namespace {

/// Symmetric; which models differ, in the order of their means.
using DiffersTable = std::vector<std::vector<char>>;

/// Groups of models none of whom differ, to which no model can be added: every pair that does not differ is in one, and
/// so is every model.
class LetterGroups {
 public:
  explicit LetterGroups(const DiffersTable& differs)
      : differs_(differs), together_(differs.size(), std::vector<char>(differs.size())) {}

  std::vector<std::vector<std::size_t>> all() {
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < differs_.size(); ++i)
      for (std::size_t j = i; j < differs_.size(); ++j) {
        if (differs_[i][j] || together_[i][j]) continue;
        // Whoever differs from all others is a group of one; anybody else is in one with another.
        if (i == j && std::count(differs_[i].begin(), differs_[i].end(), 0) > 1) continue;
        groups.push_back(grown_from(i, j));
      }
    std::sort(groups.begin(), groups.end());  // by the best member, then by the next
    return groups;
  }

 private:
  /// Adds the model that has most pairs in the group that no group has yet, as long as one is free to be added.
  std::vector<std::size_t> grown_from(std::size_t i, std::size_t j) {
    const std::size_t models = differs_.size();
    std::vector<char> free(models, 1);
    std::vector<int> gains(models);
    std::vector<std::size_t> group;
    const auto add = [&](std::size_t member) {
      group.push_back(member);
      free[member] = 0;
      for (std::size_t k = 0; k < models; ++k) {
        free[k] = free[k] && !differs_[k][member];
        gains[k] += together_[k][member] ? 0 : 1;
      }
    };
    add(i);
    if (j != i) add(j);
    for (;;) {
      std::size_t most = models;
      for (std::size_t k = 0; k < models; ++k)
        if (free[k] && (most == models || gains[k] > gains[most])) most = k;
      if (most == models) break;
      add(most);
    }
    for (const std::size_t a : group)
      for (const std::size_t b : group) together_[a][b] = 1;
    std::sort(group.begin(), group.end());
    return group;
  }

  const DiffersTable& differs_;
  DiffersTable together_;  ///< pairs that some group has
};

/// a .. z, aa .. az, ba ..
std::string letter_name(std::size_t group) {
  std::string name;
  for (++group; group > 0; group = (group - 1) / 26)
    name.insert(name.begin(), static_cast<char>('a' + static_cast<int>((group - 1) % 26)));
  return name;
}

/// Where the pair i > j stands among all.
std::size_t pair_place(std::size_t i, std::size_t j) { return i * (i - 1) / 2 + j; }

/// The p that decides between two models: compare_paired's, without what only a reader needs.
std::optional<double> deciding_p(const Matrix& values, Index a, Index b, double overlap) {
  const auto n = static_cast<std::size_t>(values.rows());
  const auto list = [&](Index model) {
    return std::vector<double>(values.col(model).begin(), values.col(model).end());
  };
  const PairedDifferences d = paired_differences(values.col(a).data(), values.col(b).data(), n);
  if (d.all_equal) return compare_paired(list(a), list(b), overlap).decisive_p();
  const double mean = std::accumulate(d.values.begin(), d.values.end(), 0.0) / static_cast<double>(n);
  const double error = standard_error_of(d.values, mean, overlap_inflation(static_cast<int>(n), overlap));
  if (error == 0) return compare_paired(list(a), list(b), overlap).decisive_p();
  return student_t_p(mean / error, static_cast<int>(n) - 1);
}

}  // namespace

std::vector<Standing> standings(const std::vector<double>& means, const Differs& differs) {
  const std::size_t models = means.size();
  for (const double mean : means)
    require(!std::isnan(mean), ErrorKind::numerical, "standings: the mean of a model is not a number");
  std::vector<std::size_t> order(models);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return means[a] < means[b]; });

  std::vector<Standing> all(models);
  for (Standing& standing : all) standing.rank_high = static_cast<int>(models);
  DiffersTable table(models, std::vector<char>(models));
  for (std::size_t i = 0; i < models; ++i)
    for (std::size_t j = i + 1; j < models; ++j) {
      const std::size_t better = order[i], worse = order[j];
      if (!differs(better, worse)) continue;
      table[i][j] = table[j][i] = 1;
      if (!(means[better] < means[worse])) continue;  // equal means: neither is better
      ++all[worse].rank_low;
      --all[better].rank_high;
      if (i == 0) all[worse].top = false;
    }
  const auto groups = LetterGroups(table).all();
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const std::size_t member : groups[g]) {
      std::string& letters = all[order[member]].letters;
      if (groups.size() > 26 && !letters.empty()) letters += ' ';
      letters += letter_name(g);
    }
  return all;
}

std::optional<double> PairwiseResult::p_of(std::size_t i, std::size_t j) const {
  if (i == j) return std::nullopt;
  return adjusted_p.at(pair_place(std::max(i, j), std::min(i, j)));
}

PairwiseResult compare_all_pairs(const Matrix& values, double overlap) {
  require(values.rows() >= 1 && values.cols() >= 1, ErrorKind::shape,
          "pairwise comparison: needs at least one seed and one model, got {} and {}", values.rows(), values.cols());
  require(values.allFinite(), ErrorKind::numerical, "pairwise comparison: a value is not finite");
  const auto models = static_cast<std::size_t>(values.cols());
  PairwiseResult result;
  for (Index m = 0; m < values.cols(); ++m)
    result.means.push_back(std::accumulate(values.col(m).begin(), values.col(m).end(), 0.0) /
                           static_cast<double>(values.rows()));
  result.best =
      static_cast<std::size_t>(std::min_element(result.means.begin(), result.means.end()) - result.means.begin());
  std::vector<std::optional<double>> p;
  p.reserve(models * (models - 1) / 2);
  for (Index i = 0; i < values.cols(); ++i)
    for (Index j = 0; j < i; ++j) p.push_back(deciding_p(values, i, j, overlap));
  result.adjusted_p = holm(p);
  result.standings = standings(result.means, [&](std::size_t i, std::size_t j) {
    const std::optional<double> adjusted = result.p_of(i, j);
    return adjusted && *adjusted <= kAlpha;
  });
  const auto list = [&](std::size_t model) {
    const auto column = values.col(static_cast<Index>(model));
    return std::vector<double>(column.begin(), column.end());
  };
  const std::vector<double> of_best = list(result.best);
  for (std::size_t m = 0; m < models; ++m)
    result.to_best.push_back(m == result.best ? std::nullopt
                                              : std::optional(compare_paired(list(m), of_best, overlap)));
  return result;
}

}  // namespace predcorr
