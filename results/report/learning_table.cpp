// SPDX-License-Identifier: Apache-2.0
#include "results/report/learning_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "results/report/board_tables.hpp"

namespace predcorr {
namespace {

std::string or_dash(const std::string& label) { return label.empty() ? "-" : label; }

constexpr std::size_t kSeedsColumn = 7;  // of learning_table's header

/// Ways to learn that failed in every seed, which have no curve: a row that says so.
void add_failed_curves(const Leaderboard& board, const DatasetCurves& learning, TextTable& table) {
  std::map<std::vector<std::string>, int> failed;
  for (const FailedCell& failure : board.gaps.failures) {
    const PlanEntry& cell = failure.entry;
    if (cell.dataset != learning.dataset || cell.criterion.empty()) continue;
    const bool has_curve = std::any_of(learning.curves.begin(), learning.curves.end(), [&](const LearningCurve& curve) {
      return curve.criterion == cell.criterion && curve.selector == cell.selector &&
             (!cell.selector.empty() || curve.predictor == cell.model);
    });
    if (!has_curve) ++failed[{cell.criterion, or_dash(cell.selector), or_dash(cell.model)}];
  }
  for (const auto& [who, seeds] : failed) {
    TextRow row = {{who[0]}, {who[1]}, {who[2]}};
    row.resize(table.header.size(), {"failed"});
    row[kSeedsColumn] = {fmt::format("0, {} failed", seeds)};
    table.rows.push_back(std::move(row));
  }
}

/// What a curve has of a score at its first or last round. Of curves that ended early the last values are those they
/// had then, each seed its own.
std::string curve_cell(const LearningCurve& curve, const ScoreKey& key, bool last) {
  const auto of_key = [&](const auto& entry) { return entry.first == key; };
  if (last && curve.stopped) {
    const auto& ends = curve.stopped->last;
    const auto found = std::find_if(ends.begin(), ends.end(), of_key);
    return found == ends.end() ? "-" : of_seeds(found->second, curve.seeds);
  }
  const auto found = std::find_if(curve.scores.begin(), curve.scores.end(), of_key);
  if (found == curve.scores.end()) return "-";
  const std::optional<Summary>& summary = last ? found->second.back() : found->second.front();
  return summary ? of_seeds(*summary, curve.seeds) : "-";
}

}  // namespace

TextTable learning_table(const Leaderboard& board, const DatasetCurves& learning) {
  const ScoreKey error{kCurveMetrics[0]}, likelihood{kCurveMetrics[1]};
  TextTable table;
  table.title = fmt::format("{}: active learning", learning.dataset);
  table.header = {"criterion", "selected by", "predicted by", board.metrics.column_head(error) + " over curve",
                  "at last",   "at first",    "LL at last",   "seeds",
                  "rows"};
  table.always = 3;
  for (const LearningCurve& curve : learning.curves) {
    const auto mean = curve.mean_over_curve.find(error);
    table.rows.push_back(
        {{curve.criterion},
         {or_dash(curve.selector)},
         {curve.predictor},
         {mean == curve.mean_over_curve.end() ? "-" : of_seeds(mean->second, curve.seeds)},
         {curve_cell(curve, error, true)},
         {curve_cell(curve, error, false)},
         {curve_cell(curve, likelihood, true)},
         {seeds_cell({curve.planned, curve.seeds, 0})},
         {fmt::format("{}-{}{}", curve.n_train.front(), curve.n_train.back(),
                      curve.stopped ? fmt::format(" (to {:.4g})", curve.stopped->n_train.mean) : "")}});
  }
  add_failed_curves(board, learning, table);
  return table;
}

}  // namespace predcorr
