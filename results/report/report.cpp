// SPDX-License-Identifier: Apache-2.0
#include "results/report/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/base/text.hpp"
#include "results/report/report_notes.hpp"
#include "results/store/run_gaps.hpp"
#include "results/text/plain_text.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {
namespace {

/// The columns that suites ask for, or the usual ones.
std::vector<ScoreColumn> score_columns(const Leaderboard& board) {
  std::vector<ScoreKey> keys;
  for (const SuiteOfRun& suite : board.suites)
    for (const std::string& text : suite.columns)
      if (const ScoreKey key = ScoreKey::parse(text); std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  if (keys.empty())
    for (const ScoreInfo& info : board.metrics.default_columns()) keys.push_back(info.key());
  std::vector<ScoreColumn> columns;
  for (const ScoreKey& key : keys) columns.push_back({board.metrics.column_head(key), key});
  return columns;
}

/// "7", or "7 of 10, 3 failed".
std::string seeds_cell(std::size_t done, std::size_t planned, std::size_t failed) {
  if (done == planned) return fmt::format("{}", done);
  return fmt::format("{} of {}{}", done, planned, failed > 0 ? fmt::format(", {} failed", failed) : "");
}

/// A summary of fewer seeds than its row has says of how many.
std::string of_seeds(const Summary& summary, std::size_t row) {
  return with_error(summary.mean, summary.standard_error) +
         (static_cast<std::size_t>(summary.n) < row ? fmt::format(" ({})", summary.n) : "");
}

/// The scores that some model of a data set has.
std::vector<ScoreColumn> shown_columns(const Leaderboard& board, const DatasetResults& results) {
  std::vector<ScoreColumn> shown = score_columns(board);
  std::erase_if(shown, [&](const ScoreColumn& column) {
    return std::none_of(results.models.begin(), results.models.end(),
                        [&](const ModelResults& model) { return find_summary(model.scores, column.key) != nullptr; });
  });
  return shown;
}

/// The models of a frozen pool: a yardstick below those they judge.
void add_frozen_rows(const std::vector<FrozenResults>& models, const std::vector<ScoreColumn>& shown,
                     TextTable& table) {
  for (const FrozenResults& model : models) {
    int seeds = 0;
    for (const ScoreColumn& column : shown)
      if (const Summary* summary = find_summary(model.scores, column.key)) seeds = std::max(seeds, summary->n);
    TextRow row = {{model.label}, {fmt::format("{}", seeds)}};
    for (const ScoreColumn& column : shown) {
      const Summary* summary = find_summary(model.scores, column.key);
      row.push_back({summary == nullptr ? "-" : of_seeds(*summary, static_cast<std::size_t>(seeds))});
    }
    table.rows.push_back(std::move(row));
  }
}

TextTable dataset_table(const Leaderboard& board, const DatasetResults& results) {
  TextTable table;
  table.title = results.rows ? fmt::format("{} ({} training, {} pool, {} test rows)", results.label,
                                           results.rows->train, results.rows->pool, results.rows->test)
                             : results.label;
  table.header = {"model", "seeds"};
  const std::vector<ScoreColumn> shown = shown_columns(board, results);
  for (const ScoreColumn& column : shown)
    table.header.push_back(column.head + arrow(board.metrics.direction(column.key)));
  const auto is_best = [&](const std::string& label, const ScoreColumn& column) {
    const auto found = results.comparisons.find(column.key);
    return found != results.comparisons.end() && board.metrics.direction(column.key) != Direction::none &&
           contains(found->second.best, label);
  };
  for (const ModelResults& model : results.models) {
    const auto& [planned, done, failed] = model.seeds;
    if (done + failed == 0) continue;  // stands under MISSING
    TextRow row = {{model.label + (model.warnings.empty() ? "" : " !")}, {seeds_cell(done, planned, failed)}};
    for (const ScoreColumn& column : shown) {
      const Summary* summary = find_summary(model.scores, column.key);
      if (summary == nullptr)
        row.push_back({done == 0 ? "failed" : "-"});
      else
        row.push_back({of_seeds(*summary, done), is_best(model.label, column)});
    }
    table.rows.push_back(std::move(row));
  }
  table.note = comparison_note(results, shown);
  if (!board.pool) return table;
  if (const auto frozen = board.pool->datasets.find(results.label); frozen != board.pool->datasets.end())
    add_frozen_rows(frozen->second, shown, table);
  return table;
}

std::string or_dash(const std::string& label) { return label.empty() ? "-" : label; }

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
    TextRow row = {{who[0]}, {who[1]}, {who[2]}, {fmt::format("0, {} failed", seeds)}};
    row.resize(table.header.size(), {"failed"});
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

TextTable learning_table(const Leaderboard& board, const DatasetCurves& learning) {
  const ScoreKey error{kCurveMetrics[0]}, likelihood{kCurveMetrics[1]};
  TextTable table;
  table.title = fmt::format("{}: active learning", learning.dataset);
  table.header = {
      "criterion", "selected by",     "predicted by", "seeds", "rows", board.metrics.column_head(error) + " at first",
      "at last",   "mean over curve", "LL at last"};
  for (const LearningCurve& curve : learning.curves) {
    const auto mean = curve.mean_over_curve.find(error);
    table.rows.push_back({{curve.criterion},
                          {or_dash(curve.selector)},
                          {curve.predictor},
                          {seeds_cell(curve.seeds, curve.planned, 0)},
                          {fmt::format("{}-{}{}", curve.n_train.front(), curve.n_train.back(),
                                       curve.stopped ? fmt::format(" (to {:.4g})", curve.stopped->n_train.mean) : "")},
                          {curve_cell(curve, error, false)},
                          {curve_cell(curve, error, true)},
                          {mean == curve.mean_over_curve.end() ? "-" : of_seeds(mean->second, curve.seeds)},
                          {curve_cell(curve, likelihood, true)}});
  }
  add_failed_curves(board, learning, table);
  return table;
}

/// The scores that say the same of every base and its control, and those that find some control better.
std::string exposed_scores(const std::vector<ControlComparison>& controls) {
  std::vector<std::string> seen, blind, fooled;
  const auto add_once = [](std::vector<std::string>& list, const std::string& key) {
    if (!contains(list, key)) list.push_back(key);
  };
  for (const ControlComparison& control : controls)
    for (const ScoreDifference& score : control.scores) {
      add_once(score.verdict == ControlVerdict::identical ? blind : seen, score.key.text());
      if (score.verdict == ControlVerdict::control) add_once(fooled, score.key.text());
    }
  std::erase_if(blind, [&](const std::string& score) { return contains(seen, score); });
  std::string text;
  if (!blind.empty()) text += fmt::format("Blind to correlations: {}. ", fmt::join(blind, ", "));
  if (!fooled.empty()) text += fmt::format("Prefer some control: {}.", fmt::join(fooled, ", "));
  return text;
}

TextTable controls_table(const Leaderboard& board, const DatasetResults& results) {
  const std::vector<ControlComparison>& controls = results.controls;
  TextTable table;
  table.title = fmt::format(
      "{}: what each score sees of correlations (base minus control, > 0 where the base is better)", results.label);
  table.header = {"control", "base"};
  std::vector<ScoreKey> keys;
  for (const ScoreColumn& column : score_columns(board)) {
    const ScoreKey& key = column.key;
    if (std::none_of(controls.begin(), controls.end(), [&](const auto& c) { return c.find(key) != nullptr; })) continue;
    keys.push_back(key);
    table.header.push_back(column.head);
  }
  for (const ControlComparison& control : controls) {
    TextRow row = {{control.control}, {control.base}};
    int seeds = 0;
    for (const ScoreDifference& score : control.scores) seeds = std::max(seeds, score.difference.n);
    for (const ScoreKey& key : keys) {
      const ScoreDifference* score = control.find(key);
      if (score == nullptr)
        row.push_back({"-"});
      else if (score->verdict == ControlVerdict::identical)
        row.push_back({"="});
      else
        row.push_back({of_seeds(score->difference, static_cast<std::size_t>(seeds)),
                       score->verdict != ControlVerdict::undecided});
    }
    table.rows.push_back(std::move(row));
  }
  table.note = exposed_scores(controls);
  return table;
}

std::vector<TextTable> tables_of(const Leaderboard& board) {
  std::vector<TextTable> tables;
  for (const DatasetResults& results : board.datasets)
    if (TextTable table = dataset_table(board, results); !table.rows.empty()) tables.push_back(std::move(table));
  for (const DatasetResults& results : board.datasets)
    if (!results.controls.empty()) tables.push_back(controls_table(board, results));
  for (const DatasetCurves& learning : board.learning)
    if (TextTable table = learning_table(board, learning); !table.rows.empty()) tables.push_back(std::move(table));
  return tables;
}

}  // namespace

std::string terminal_report(const Leaderboard& board) {
  std::string text;
  for (const TextTable& table : tables_of(board)) text += "\n" + terminal_text(table);
  text += fmt::format("\n{}\n", printable_line(legend(board)));
  for (const std::string& line : gap_lines(board.gaps)) text += printable_line(line) + "\n";
  for (const std::string& line : warning_lines(board)) text += printable_line(line) + "\n";
  return text;
}

std::string markdown_report(const Leaderboard& board) {
  std::string text = "# predcorr leaderboard\n\n";
  for (const SuiteOfRun& suite : board.suites)
    text += fmt::format("Suite `{}`, protocol `{}`.\n", printable_line(suite.name),
                        suite.protocol.at("name").get<std::string>());
  text += fmt::format("\n{}\n", markdown_escaped(legend(board)));
  for (const TextTable& table : tables_of(board)) text += "\n" + markdown_text(table);
  const auto add = [&](const char* title, const std::vector<std::string>& lines) {
    if (!lines.empty()) text += fmt::format("\n## {}\n\n", title);
    for (const std::string& line : lines) text += fmt::format("- {}\n", markdown_escaped(line));
  };
  add("Failed or missing", gap_lines(board.gaps));
  add("Warnings", warning_lines(board));
  return text;
}

}  // namespace predcorr
