// SPDX-License-Identifier: Apache-2.0
#include "results/report/board_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "core/base/text.hpp"
#include "results/report/learning_table.hpp"
#include "results/report/request_tables.hpp"

namespace predcorr {
namespace {

/// The columns that suites ask for, or the usual ones, the primary score first.
std::vector<ScoreColumn> score_columns(const Leaderboard& board) {
  std::vector<ScoreKey> keys, chosen;
  for (const SuiteOfRun& suite : board.suites)
    for (const std::string& text : suite.columns) chosen.push_back(ScoreKey::parse(text));
  if (chosen.empty())
    for (const ScoreInfo& info : board.metrics.default_columns()) chosen.push_back(info.key());
  if (board.primary) chosen.insert(chosen.begin(), *board.primary);
  for (const ScoreKey& key : chosen)
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  std::vector<ScoreColumn> columns;
  for (const ScoreKey& key : keys) columns.push_back({board.metrics.column_head(key), key});
  return columns;
}

bool is_control(const DatasetResults& results, const std::string& label) {
  return std::ranges::find(results.controls, label, &ControlComparison::control) != results.controls.end();
}

/// The models of a frozen pool: a yardstick below those they judge.
/// @param counted whether the table has a column of seeds
void add_frozen_rows(const std::vector<FrozenResults>& models, const std::vector<ScoreColumn>& shown, bool counted,
                     TextTable& table) {
  for (const FrozenResults& model : models) {
    int seeds = 0;
    for (const ScoreColumn& column : shown)
      if (const Summary* summary = find_summary(model.scores, column.key)) seeds = std::max(seeds, summary->n);
    TextRow row = {{model.label}};
    if (counted) row.push_back({fmt::format("{}", seeds)});
    for (const ScoreColumn& column : shown) {
      const Summary* summary = find_summary(model.scores, column.key);
      row.push_back({summary == nullptr ? "-" : of_seeds(*summary, static_cast<std::size_t>(seeds))});
    }
    table.rows.push_back(std::move(row));
  }
}

/// Of a data set whose models have the same number of seeds that number; 0 where they do not.
std::size_t seeds_of_all(const DatasetResults& results) {
  std::size_t seeds = 0;
  for (const ModelResults& model : results.models) {
    const auto& [planned, done, failed] = model.seeds;
    if (done + failed == 0) continue;
    if (done != planned || (seeds != 0 && seeds != done)) return 0;
    seeds = done;
  }
  return seeds;
}

std::string dataset_title(const DatasetResults& results, std::size_t seeds) {
  std::vector<std::string> facts;
  if (results.rows)
    facts.push_back(
        fmt::format("{} training, {} pool, {} test rows", results.rows->train, results.rows->pool, results.rows->test));
  if (seeds > 0) facts.push_back(fmt::format("{} seed{}", seeds, seeds == 1 ? "" : "s"));
  return facts.empty() ? results.label : fmt::format("{} ({})", results.label, fmt::join(facts, "; "));
}

TextTable dataset_table(const Leaderboard& board, const DatasetResults& results, bool controls) {
  const std::size_t seeds = seeds_of_all(results);
  TextTable table;
  table.title = dataset_title(results, seeds);
  table.header = {"model"};
  if (seeds == 0) table.header.push_back("seeds");
  table.always = table.header.size();
  const std::vector<ScoreColumn> shown = shown_columns(board, results);
  for (const ScoreColumn& column : shown)
    table.header.push_back(column.head + arrow(board.metrics.direction(column.key)));
  for (const ModelResults& model : results.models) {
    const auto& [planned, done, failed] = model.seeds;
    const bool missing = done + failed == 0;
    if (!controls && is_control(results, model.label)) continue;
    TextRow row = {{model.label + entry_mark(board, model.label) + (model.warnings.empty() ? "" : " !")}};
    if (seeds == 0) row.push_back({missing ? fmt::format("0 of {}", planned) : seeds_cell(model.seeds)});
    for (const ScoreColumn& column : shown) {
      const Summary* summary = find_summary(model.scores, column.key);
      if (summary == nullptr)
        row.push_back({missing ? "missing" : done == 0 ? "failed" : "-"});
      else
        row.push_back({of_seeds(*summary, done), is_best(results, model.label, column.key),
                       letters_of(results, model.label, column.key)});
    }
    table.rows.push_back(std::move(row));
  }
  if (shown.empty() && std::ranges::all_of(results.models, [](const ModelResults& m) { return m.seeds.done == 0; }))
    table.rows.clear();  // nothing but gaps, which are listed below the tables
  table.note = comparison_note(results, shown);
  if (!board.pool) return table;
  if (const auto frozen = board.pool->datasets.find(results.label); frozen != board.pool->datasets.end())
    add_frozen_rows(frozen->second, shown, seeds == 0, table);
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
  table.always = 2;
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

constexpr double kWrongTail = 0.001;

/// A tail, or seconds: three decimals.
std::string small_number(double value) { return value < 0.001 ? "< 0.001" : fmt::format("{:.3f}", value); }

/// What models make of their own scores. Nothing of controls, whose predictions are wrong on purpose.
std::optional<TextTable> expectation_table(const Leaderboard& board, const DatasetResults& results) {
  TextTable table;
  table.title = results.label + ": probability of scores as bad as these if the model were right, median over seeds";
  table.header = {"model"};
  std::vector<ScoreKey> keys;
  for (const ScoreColumn& column : score_columns(board)) {
    const auto expects = [&](const ModelResults& model) {
      return std::ranges::find(model.expected, column.key, &ExpectedScore::key) != model.expected.end();
    };
    if (std::ranges::none_of(results.models, expects)) continue;
    keys.push_back(column.key);
    table.header.push_back(column.head);
  }
  for (const ModelResults& model : results.models) {
    if (model.expected.empty() || is_control(results, model.label)) continue;
    TextRow row = {{model.label}};
    for (const ScoreKey& key : keys) {
      const auto expected = std::ranges::find(model.expected, key, &ExpectedScore::key);
      if (expected == model.expected.end())
        row.push_back({"-"});
      else
        row.push_back({small_number(expected->median_tail()), expected->median_tail() <= kWrongTail});
    }
    table.rows.push_back(std::move(row));
  }
  if (keys.empty() || table.rows.empty()) return std::nullopt;
  table.note = fmt::format("Marked: {} or less, the model is wrong. Near 1: its error bars are too wide.", kWrongTail);
  return table;
}

/// By mean rank in the primary score, the others behind; the board's order where none is primary.
std::vector<std::string> overall_order(const Leaderboard& board, const std::vector<OverallScore>& overall) {
  std::vector<std::string> labels;
  if (board.primary)
    if (const auto score = std::ranges::find(overall, *board.primary, &OverallScore::key); score != overall.end())
      for (const OverallModel& model : score->models) labels.push_back(model.label);
  for (const std::string& label : board.models)
    if (!contains(labels, label)) labels.push_back(label);
  return labels;
}

/// Mean ranks over data sets.
/// @param overall the board's, or a group's
std::optional<TextTable> overall_table(const Leaderboard& board, const std::vector<OverallScore>& overall,
                                       const std::string& title) {
  std::vector<const OverallScore*> scores;
  for (const ScoreColumn& column : score_columns(board)) {
    const auto found = std::ranges::find(overall, column.key, &OverallScore::key);
    if (found != overall.end() && found->datasets.size() > 1) scores.push_back(&*found);
  }
  if (scores.empty()) return std::nullopt;
  TextTable table;
  table.title = title;
  table.header = {"model"};
  for (const OverallScore* score : scores) table.header.push_back(board.metrics.column_head(score->key));
  for (const std::string& label : overall_order(board, overall)) {
    TextRow row = {{label}};
    bool ranked = false;
    for (const OverallScore* score : scores) {
      const auto model = std::ranges::find(score->models, label, &OverallModel::label);
      if (model == score->models.end()) {
        row.push_back({contains(score->left_out, label) ? "partly" : "-"});
        ranked = ranked || contains(score->left_out, label);
        continue;
      }
      ranked = true;
      row.push_back({fmt::format("{:.2f}", model->mean_rank), score->told_apart && model->standing.top,
                     score->told_apart ? model->standing.letters : ""});
    }
    if (ranked) table.rows.push_back(std::move(row));
  }
  table.note = overall_note(scores, board);
  return table;
}

std::string seconds_cell(double seconds) {
  return seconds < 1 ? small_number(seconds) : fmt::format("{:.{}f}", seconds, seconds < 100 ? 1 : 0);
}

/// "AMD EPYC, 2 cores", each machine once.
std::string machines_of(const Leaderboard& board) {
  std::vector<std::string> machines;
  for (const SuiteOfRun& suite : board.suites) {
    if (!suite.made_by.contains("cpu") || !suite.made_by.at("cpu").is_string()) continue;
    std::string machine = suite.made_by.at("cpu").get<std::string>();
    if (suite.made_by.contains("cores") && suite.made_by.at("cores").is_number_integer())
      machine += fmt::format(", {} cores", suite.made_by.at("cores").get<Index>());
    if (!contains(machines, machine)) machines.push_back(std::move(machine));
  }
  return fmt::format("{}", fmt::join(machines, "; "));
}

/// Seconds and memory over the data sets, on the machine that provenance describes.
std::optional<TextTable> cost_table(const Leaderboard& board) {
  TextTable table;
  table.title = "Cost of a cell: mean over data sets and seeds";
  table.header = {"model", "fit, s", "predict, s", "processor, s", "peak, MiB"};
  for (const std::string& label : board.models) {
    double fit = 0, predict = 0, peak = 0;
    std::optional<double> processor = 0;
    int datasets = 0;
    for (const DatasetResults& results : board.datasets) {
      const ModelResults* model = results.find(label);
      if (model == nullptr || !model->cost) continue;
      fit += model->cost->fit_seconds.mean;
      predict += model->cost->predict_seconds.mean;
      const std::optional<Summary>& cpu = model->cost->cpu_seconds;
      processor = processor && cpu ? std::optional(*processor + cpu->mean) : std::nullopt;
      peak += model->cost->peak_bytes.mean;
      ++datasets;
    }
    if (datasets > 0)
      table.rows.push_back({{label},
                            {seconds_cell(fit / datasets)},
                            {seconds_cell(predict / datasets)},
                            {processor ? seconds_cell(*processor / datasets) : "-"},
                            {fmt::format("{:.0f}", peak / datasets / (1 << 20))}});
  }
  const std::string machines = machines_of(board);
  if (!machines.empty())
    table.note = fmt::format(
        "Measured on {}. Fit and predict are on the clock, beside other cells; processor is of both on all threads, a "
        "cell's own; peak is the whole process's.",
        machines);
  return table.rows.empty() ? std::nullopt : std::optional(table);
}

}  // namespace

std::vector<ScoreColumn> shown_columns(const Leaderboard& board, const DatasetResults& results) {
  std::vector<ScoreColumn> shown = score_columns(board);
  std::erase_if(shown, [&](const ScoreColumn& column) {
    return std::none_of(results.models.begin(), results.models.end(),
                        [&](const ModelResults& model) { return find_summary(model.scores, column.key) != nullptr; });
  });
  return shown;
}

bool is_best(const DatasetResults& results, const std::string& model, const ScoreKey& key) {
  const auto found = results.comparisons.find(key);
  return found != results.comparisons.end() && found->second.told_apart && contains(found->second.best, model);
}

std::string letters_of(const DatasetResults& results, const std::string& model, const ScoreKey& key) {
  const auto found = results.comparisons.find(key);
  if (found == results.comparisons.end() || !found->second.told_apart) return "";
  const ComparedModel* compared = found->second.find(model);
  return compared == nullptr ? "" : compared->standing.letters;
}

std::string of_seeds(const Summary& summary, std::size_t row) {
  return with_error(summary.mean, summary.standard_error) +
         (static_cast<std::size_t>(summary.n) < row ? fmt::format(" ({})", summary.n) : "");
}

std::string seeds_cell(const RunIndex::Count& seeds) {
  if (seeds.done == seeds.planned) return fmt::format("{}", seeds.done);
  return fmt::format("{} of {}{}", seeds.done, seeds.planned,
                     seeds.failed > 0 ? fmt::format(", {} failed", seeds.failed) : "");
}

std::vector<TextTable> tables_of(const Leaderboard& board, bool controls) {
  std::vector<TextTable> tables;
  const auto add = [&](std::optional<TextTable>&& table) {
    if (table) tables.push_back(std::move(*table));
  };
  add(overall_table(board, board.overall, "Overall: mean rank over data sets, 1 is best"));
  for (const GroupResults& group : board.groups)
    add(overall_table(
        board, group.overall,
        fmt::format("Group {} ({}): mean rank over data sets, 1 is best", group.name, comma_list(group.datasets))));
  add(combined_table(board));
  for (const DatasetResults& results : board.datasets)
    if (TextTable table = dataset_table(board, results, controls); !table.rows.empty())
      tables.push_back(std::move(table));
  for (const DatasetResults& results : board.datasets) add(expectation_table(board, results));
  for (const DatasetResults& results : board.datasets)
    if (!results.controls.empty()) tables.push_back(controls_table(board, results));
  for (const DatasetCurves& learning : board.learning)
    if (TextTable table = learning_table(board, learning); !table.rows.empty()) tables.push_back(std::move(table));
  add(cost_table(board));
  for (TextTable& table : pareto_tables(board)) tables.push_back(std::move(table));
  return tables;
}

}  // namespace predcorr
