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

/// The columns that suites ask for, or the usual ones. Scores that everybody meets have a short head.
std::vector<ScoreColumn> score_columns(const OrderedJson& board) {
  static const std::map<std::string, std::string> heads = {{"rmse", "RMSE"},
                                                           {"marginal_log_likelihood", "marginal LL"},
                                                           {"joint_log_likelihood", "joint LL"},
                                                           {"meta_correlation.correlation_pearson", "meta-corr."},
                                                           {"xll_mean", "XLL"},
                                                           {"xllr", "XLLR"},
                                                           {"r_statistic.mean", "r mean"},
                                                           {"r_statistic.std", "r std"},
                                                           {"binned_error.slope", "slope"},
                                                           {"binned_error.intercept", "intercept"},
                                                           {"binned_error.r_squared", "R^2"},
                                                           {"miscalibration_area.area", "miscal. area"}};
  std::vector<std::string> keys;
  for (const OrderedJson& suite : board.at("suites"))
    for (const std::string& key : suite.value("columns", std::vector<std::string>()))
      if (!contains(keys, key)) keys.push_back(key);
  if (keys.empty())
    keys = {
        "rmse", "marginal_log_likelihood", "joint_log_likelihood", "meta_correlation.correlation_pearson", "xll_mean",
        "xllr"};
  std::vector<ScoreColumn> columns;
  for (const std::string& key : keys) {
    const auto dot = key.find('.');
    const auto head = heads.find(key);
    columns.push_back({head == heads.end() ? key : head->second, key.substr(0, dot),
                       dot == std::string::npos ? "" : key.substr(dot + 1)});
  }
  return columns;
}

const OrderedJson* find(const OrderedJson& model, const std::string& name, const std::string& part) {
  const auto score = model.find(name);
  if (score == model.end()) return nullptr;
  if (part.empty()) return &*score;
  const auto inner = score->find(part);
  return inner == score->end() ? nullptr : &*inner;
}

/// 1 where higher values are better, -1 where lower ones are, 0 where neither, or nobody knows.
int direction(const OrderedJson& board, const ScoreColumn& column) {
  const OrderedJson& metrics = board.at("metrics");
  auto info = metrics.find(column.key());
  if (info == metrics.end()) info = metrics.find(column.name + ".*");
  if (info == metrics.end()) return 0;
  const OrderedJson& better = info->at("better");
  return better == "higher" ? 1 : better == "lower" ? -1 : 0;
}

/// "7", or "7 of 10, 3 failed".
std::string seeds_cell(std::size_t done, std::size_t planned, std::size_t failed) {
  if (done == planned) return fmt::format("{}", done);
  return fmt::format("{} of {}{}", done, planned, failed > 0 ? fmt::format(", {} failed", failed) : "");
}

/// A summary of fewer seeds than its row has says of how many.
std::string of_seeds(const OrderedJson& summary, std::size_t row) {
  const auto n = summary.at("n").get<std::size_t>();
  return with_error(summary) + (n < row ? fmt::format(" ({})", n) : "");
}

/// The scores that some model of a data set has.
std::vector<ScoreColumn> shown_columns(const OrderedJson& board, const OrderedJson& content) {
  std::vector<ScoreColumn> shown = score_columns(board);
  std::erase_if(shown, [&](const ScoreColumn& column) {
    return std::none_of(content.at("models").begin(), content.at("models").end(),
                        [&](const OrderedJson& model) { return find(model, column.name, column.part) != nullptr; });
  });
  return shown;
}

TextTable dataset_table(const OrderedJson& board, const std::string& dataset, const OrderedJson& content) {
  TextTable table;
  const OrderedJson& rows = content.at("rows");
  table.title = rows.is_null()
                    ? dataset
                    : fmt::format("{} ({} training, {} pool, {} test rows)", dataset, rows.at("train").get<int>(),
                                  rows.at("pool").get<int>(), rows.at("test").get<int>());
  table.header = {"model", "seeds"};
  const std::vector<ScoreColumn> shown = shown_columns(board, content);
  for (const ScoreColumn& column : shown) {
    const int sign = direction(board, column);
    table.header.push_back(column.head + (sign > 0 ? " ↑" : sign < 0 ? " ↓" : ""));
  }
  const auto is_best = [&](const std::string& label, const ScoreColumn& column) {
    const auto found = content.at("compared_on").find(column.key());
    return found != content.at("compared_on").end() && direction(board, column) != 0 &&
           contains(found->at("best").get<std::vector<std::string>>(), label);
  };
  for (const auto& [label, count] : content.at("seeds").items()) {
    const auto done = count.at("done").get<std::size_t>(), failed = count.at("failed").get<std::size_t>();
    if (done + failed == 0) continue;  // stands under MISSING
    TextRow row = {{label + (content.at("warnings").contains(label) ? " !" : "")},
                   {seeds_cell(done, count.at("planned").get<std::size_t>(), failed)}};
    const OrderedJson model = content.at("models").value(label, OrderedJson::object());
    for (const ScoreColumn& column : shown) {
      const OrderedJson* summary = find(model, column.name, column.part);
      if (summary == nullptr)
        row.push_back({done == 0 ? "failed" : "-"});
      else
        row.push_back({of_seeds(*summary, done), is_best(label, column)});
    }
    table.rows.push_back(std::move(row));
  }
  table.note = comparison_note(content, shown);
  // The models of a frozen pool, where there is one: a yardstick below those they judge.
  if (!board.contains("reference_pool")) return table;
  const OrderedJson frozen = board.at("reference_pool").at("datasets").value(dataset, OrderedJson::object());
  for (const auto& [label, model] : frozen.items()) {
    std::size_t seeds = 0;
    for (const ScoreColumn& column : shown)
      if (const OrderedJson* summary = find(model, column.name, column.part))
        seeds = std::max(seeds, summary->at("n").get<std::size_t>());
    TextRow row = {{label}, {fmt::format("{}", seeds)}};
    for (const ScoreColumn& column : shown) {
      const OrderedJson* summary = find(model, column.name, column.part);
      row.push_back({summary == nullptr ? "-" : of_seeds(*summary, seeds)});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Ways to learn that failed in every seed, which have no curve: a row that says so.
void add_failed_curves(const OrderedJson& board, const std::string& dataset, const OrderedJson& curves,
                       TextTable& table) {
  const auto text = [](const OrderedJson& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::string("-") : found->get<std::string>();
  };
  std::map<std::vector<std::string>, int> failed;
  for (const OrderedJson& failure : board.at("failures")) {
    if (failure.at("dataset") != dataset || !failure.contains("criterion")) continue;
    const bool has_curve = std::any_of(curves.begin(), curves.end(), [&](const OrderedJson& curve) {
      return curve.at("criterion") == failure.at("criterion") && text(curve, "selector") == text(failure, "selector") &&
             (failure.contains("selector") || text(curve, "predictor") == text(failure, "model"));
    });
    if (!has_curve) ++failed[{text(failure, "criterion"), text(failure, "selector"), text(failure, "model")}];
  }
  for (const auto& [who, seeds] : failed) {
    TextRow row = {{who[0]}, {who[1]}, {who[2]}, {fmt::format("0, {} failed", seeds)}};
    row.resize(table.header.size(), {"failed"});
    table.rows.push_back(std::move(row));
  }
}

TextTable learning_table(const OrderedJson& board, const std::string& dataset, const OrderedJson& curves) {
  TextTable table;
  table.title = fmt::format("{}: active learning", dataset);
  table.header = {"criterion",     "selected by", "predicted by",    "seeds",     "rows",
                  "RMSE at first", "at last",     "mean over curve", "LL at last"};
  for (const OrderedJson& curve : curves) {
    const auto seeds = curve.at("seeds").get<std::size_t>();
    // Of curves that ended early the last values are those they had then, each seed its own.
    const bool early = curve.contains("stopped");
    const auto at = [&](const char* key, bool last) -> std::string {
      if (last && early)
        return curve.at("stopped").at("last").contains(key) ? of_seeds(curve.at("stopped").at("last").at(key), seeds)
                                                            : "-";
      if (!curve.contains("rounds") || !curve.at("rounds").contains(key)) return "-";
      const OrderedJson& rounds = curve.at("rounds").at(key);
      const OrderedJson& summary = last ? rounds.back() : rounds.front();
      return summary.is_null() ? "-" : of_seeds(summary, seeds);
    };
    const bool has_mean = curve.contains("mean_over_curve") && curve.at("mean_over_curve").contains("rmse");
    table.rows.push_back(
        {{curve.at("criterion").get<std::string>()},
         {curve.at("selector").is_null() ? "-" : curve.at("selector").get<std::string>()},
         {curve.at("predictor").get<std::string>()},
         {seeds_cell(seeds, curve.at("planned").get<std::size_t>(), 0)},
         {fmt::format(
             "{}-{}{}", curve.at("n_train").front().get<int>(), curve.at("n_train").back().get<int>(),
             early ? fmt::format(" (to {:.4g})", curve.at("stopped").at("n_train").at("mean").get<double>()) : "")},
         {at("rmse", false)},
         {at("rmse", true)},
         {has_mean ? of_seeds(curve.at("mean_over_curve").at("rmse"), seeds) : "-"},
         {at("marginal_log_likelihood", true)}});
  }
  add_failed_curves(board, dataset, curves, table);
  return table;
}

/// The scores that say the same of every base and its control, and those that find some control better.
std::string exposed_scores(const OrderedJson& controls) {
  std::vector<std::string> seen, blind, fooled;
  for (const OrderedJson& control : controls)
    for (const auto& [score, comparison] : control.at("scores").items()) {
      const auto verdict = comparison.at("verdict").get<std::string>();
      if (verdict != "identical" && !contains(seen, score)) seen.push_back(score);
      if (verdict == "identical" && !contains(blind, score)) blind.push_back(score);
      if (verdict == "control" && !contains(fooled, score)) fooled.push_back(score);
    }
  std::erase_if(blind, [&](const std::string& score) { return contains(seen, score); });
  std::string text;
  if (!blind.empty()) text += fmt::format("Blind to correlations: {}. ", fmt::join(blind, ", "));
  if (!fooled.empty()) text += fmt::format("Prefer some control: {}.", fmt::join(fooled, ", "));
  return text;
}

TextTable controls_table(const OrderedJson& board, const std::string& dataset, const OrderedJson& controls) {
  TextTable table;
  table.title = fmt::format(
      "{}: what each score sees of correlations (base minus control, > 0 where the base is better)", dataset);
  table.header = {"control", "base"};
  std::vector<std::string> keys;
  for (const ScoreColumn& column : score_columns(board)) {
    const std::string key = column.key();
    if (std::none_of(controls.begin(), controls.end(), [&](const auto& c) { return c.at("scores").contains(key); }))
      continue;
    keys.push_back(key);
    table.header.push_back(column.head);
  }
  for (const auto& [label, control] : controls.items()) {
    TextRow row = {{label}, {control.at("base").get<std::string>()}};
    std::size_t seeds = 0;
    for (const OrderedJson& comparison : control.at("scores"))
      seeds = std::max(seeds, comparison.at("n").get<std::size_t>());
    for (const std::string& key : keys) {
      const auto found = control.at("scores").find(key);
      const std::string verdict = found == control.at("scores").end() ? "" : found->at("verdict").get<std::string>();
      row.push_back(verdict.empty()          ? TextCell{"-"}
                    : verdict == "identical" ? TextCell{"="}
                                             : TextCell{of_seeds(*found, seeds), verdict != "undecided"});
    }
    table.rows.push_back(std::move(row));
  }
  table.note = exposed_scores(controls);
  return table;
}

std::vector<TextTable> tables_of(const OrderedJson& board) {
  std::vector<TextTable> tables;
  for (const auto& [dataset, content] : board.at("datasets").items())
    if (TextTable table = dataset_table(board, dataset, content); !table.rows.empty())
      tables.push_back(std::move(table));
  if (board.contains("controls"))
    for (const auto& [dataset, controls] : board.at("controls").items())
      tables.push_back(controls_table(board, dataset, controls));
  for (const auto& [dataset, curves] : board.at("active_learning").items())
    if (TextTable table = learning_table(board, dataset, curves); !table.rows.empty())
      tables.push_back(std::move(table));
  return tables;
}

}  // namespace

std::string terminal_report(const OrderedJson& board) {
  std::string text;
  for (const TextTable& table : tables_of(board)) text += "\n" + terminal_text(table);
  text += fmt::format("\n{}\n", printable_line(legend(board)));
  for (const std::string& line : gap_lines(board)) text += printable_line(line) + "\n";
  for (const std::string& line : warning_lines(board)) text += printable_line(line) + "\n";
  return text;
}

std::string markdown_report(const OrderedJson& board) {
  std::string text = "# predcorr leaderboard\n\n";
  for (const OrderedJson& suite : board.at("suites"))
    text += fmt::format("Suite `{}`, protocol `{}`.\n", printable_line(suite.at("name").get<std::string>()),
                        suite.at("protocol").at("name").get<std::string>());
  text += fmt::format("\n{}\n", markdown_escaped(legend(board)));
  for (const TextTable& table : tables_of(board)) text += "\n" + markdown_text(table);
  const auto add = [&](const char* title, const std::vector<std::string>& lines) {
    if (!lines.empty()) text += fmt::format("\n## {}\n\n", title);
    for (const std::string& line : lines) text += fmt::format("- {}\n", markdown_escaped(line));
  };
  add("Failed or missing", gap_lines(board));
  add("Warnings", warning_lines(board));
  return text;
}

}  // namespace predcorr
