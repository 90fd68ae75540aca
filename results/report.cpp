// SPDX-License-Identifier: Apache-2.0
#include "results/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "core/names.hpp"
#include "metrics/metric.hpp"
#include "results/text_table.hpp"

namespace predcorr {
namespace {

/// A column of the data-set tables: where the value stands and what the head says.
struct ScoreColumn {
  std::string head, name, part;
};

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

/// 1 where higher values are better, -1 where lower ones are, 0 where neither.
int direction(const OrderedJson& board, const ScoreColumn& column) {
  const std::string key = Score{column.name, column.part, {}, ""}.key();
  if (!board.at("metrics").contains(key)) return 1;
  const OrderedJson& better = board.at("metrics").at(key).at("better");
  return better == "higher" ? 1 : better == "lower" ? -1 : 0;
}

TextTable dataset_table(const OrderedJson& board, const std::string& dataset, const OrderedJson& content) {
  TextTable table;
  const OrderedJson& rows = content.at("rows");
  table.title = rows.is_null()
                    ? dataset
                    : fmt::format("{} ({} training, {} pool, {} test rows)", dataset, rows.at("train").get<int>(),
                                  rows.at("pool").get<int>(), rows.at("test").get<int>());
  table.header = {"model", "seeds"};
  std::vector<ScoreColumn> shown;
  for (const ScoreColumn& column : score_columns(board)) {
    const bool present =
        std::any_of(content.at("models").begin(), content.at("models").end(),
                    [&](const OrderedJson& model) { return find(model, column.name, column.part) != nullptr; });
    if (!present) continue;
    shown.push_back(column);
    const int sign = direction(board, column);
    table.header.push_back(column.head + (sign > 0 ? " ↑" : sign < 0 ? " ↓" : ""));
  }
  std::vector<std::vector<std::optional<double>>> values;
  const auto add_row = [&](const std::string& label, const OrderedJson& model) {
    TextRow row = {{label}, {""}};
    std::vector<std::optional<double>> line;
    int seeds = 0;
    for (const ScoreColumn& column : shown) {
      const OrderedJson* summary = find(model, column.name, column.part);
      row.push_back({summary == nullptr ? "-" : with_error(*summary)});
      line.push_back(summary == nullptr ? std::nullopt : std::optional(summary->at("mean").get<double>()));
      if (summary != nullptr) seeds = std::max(seeds, summary->at("n").get<int>());
    }
    row[1].text = std::to_string(seeds);
    table.rows.push_back(std::move(row));
    values.push_back(std::move(line));
  };
  for (const auto& [label, model] : content.at("models").items()) add_row(label, model);
  // References know what contenders must not: a ceiling, not competitors.
  const auto references = board.value("references", std::vector<std::string>());
  for (std::size_t c = 0; c < shown.size(); ++c) {
    const int sign = direction(board, shown[c]);
    if (sign == 0) continue;
    std::optional<std::size_t> best;
    for (std::size_t r = 0; r < values.size(); ++r)
      if (values[r][c] && !contains(references, table.rows[r][0].text) &&
          (!best || sign * *values[r][c] > sign * *values[*best][c]))
        best = r;
    if (best) table.rows[*best][c + 2].marked = true;
  }
  // The models of a frozen pool, where there is one: a yardstick below those they judge.
  if (board.contains("reference_pool")) {
    const OrderedJson frozen = board.at("reference_pool").at("datasets").value(dataset, OrderedJson::object());
    for (const auto& [label, model] : frozen.items()) add_row(label, model);
  }
  return table;
}

TextTable learning_table(const std::string& dataset, const OrderedJson& curves) {
  TextTable table;
  table.title = fmt::format("{}: active learning", dataset);
  table.header = {"criterion",     "selected by", "predicted by",    "rows",
                  "RMSE at first", "at last",     "mean over curve", "LL at last"};
  for (const OrderedJson& curve : curves) {
    // Of curves that ended early the last values are those they had then, each seed its own.
    const bool early = curve.contains("stopped");
    const auto at = [&](const char* key, bool last) -> std::string {
      if (last && early)
        return curve.at("stopped").at("last").contains(key) ? with_error(curve.at("stopped").at("last").at(key)) : "-";
      if (!curve.contains("rounds") || !curve.at("rounds").contains(key)) return "-";
      const OrderedJson& rounds = curve.at("rounds").at(key);
      const OrderedJson& summary = last ? rounds.back() : rounds.front();
      return summary.is_null() ? "-" : with_error(summary);
    };
    const bool has_mean = curve.contains("mean_over_curve") && curve.at("mean_over_curve").contains("rmse");
    table.rows.push_back(
        {{curve.at("criterion").get<std::string>()},
         {curve.at("selector").is_null() ? "-" : curve.at("selector").get<std::string>()},
         {curve.at("predictor").get<std::string>()},
         {fmt::format(
             "{}-{}{}", curve.at("n_train").front().get<int>(), curve.at("n_train").back().get<int>(),
             early ? fmt::format(" (to {:.4g})", curve.at("stopped").at("n_train").at("mean").get<double>()) : "")},
         {at("rmse", false)},
         {at("rmse", true)},
         {has_mean ? with_error(curve.at("mean_over_curve").at("rmse")) : "-"},
         {at("marginal_log_likelihood", true)}});
  }
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
    const std::string key = Score{column.name, column.part, {}, ""}.key();
    if (std::none_of(controls.begin(), controls.end(), [&](const auto& c) { return c.at("scores").contains(key); }))
      continue;
    keys.push_back(key);
    table.header.push_back(column.head);
  }
  for (const auto& [label, control] : controls.items()) {
    TextRow row = {{label}, {control.at("base").get<std::string>()}};
    for (const std::string& key : keys) {
      const auto found = control.at("scores").find(key);
      const std::string verdict = found == control.at("scores").end() ? "" : found->at("verdict").get<std::string>();
      row.push_back(verdict.empty()          ? TextCell{"-"}
                    : verdict == "identical" ? TextCell{"="}
                                             : TextCell{with_error(*found), verdict != "undecided"});
    }
    table.rows.push_back(std::move(row));
  }
  table.note = exposed_scores(controls);
  return table;
}

std::vector<TextTable> tables_of(const OrderedJson& board) {
  std::vector<TextTable> tables;
  for (const auto& [dataset, content] : board.at("datasets").items())
    if (!content.at("models").empty()) tables.push_back(dataset_table(board, dataset, content));
  if (board.contains("controls"))
    for (const auto& [dataset, controls] : board.at("controls").items())
      tables.push_back(controls_table(board, dataset, controls));
  for (const auto& [dataset, curves] : board.at("active_learning").items())
    if (!curves.empty()) tables.push_back(learning_table(dataset, curves));
  return tables;
}

std::string failure_line(const OrderedJson& failure) {
  std::string who;
  for (const char* key : {"model", "criterion", "selector"})
    if (failure.contains(key)) who += " " + failure.at(key).get<std::string>();
  return fmt::format("{}{} seed {}: {}", failure.at("dataset").get<std::string>(), who,
                     failure.at("seed").get<std::uint64_t>(), failure.at("message").get<std::string>());
}

const char* const kLegend =
    "Mean ± standard error over seeds, test rows. LL: log-likelihood per point, nats; marginal judges each point by "
    "itself, joint all together. Meta-corr.: agreement of the correlations with the true posterior's. XLL, XLLR: whose "
    "correlations explain the test rows best, models as each other's reference (XLLR: mean rank).";

const char* const kControlsLegend =
    " Controls have the means and error bars of their base and other correlations: = where a score is the same in "
    "every "
    "seed, marked where it differs by a paired t test at 5 %.";

/// Which frozen pool judged, if one did.
std::string pool_legend(const OrderedJson& board) {
  if (!board.contains("reference_pool")) return "";
  const OrderedJson& pool = board.at("reference_pool");
  std::vector<std::string> without;
  for (const auto& [dataset, content] : board.at("datasets").items())
    if (!content.at("models").empty() && !pool.at("datasets").contains(dataset)) without.push_back(dataset);
  return fmt::format(
      " Here the references are the frozen models of pool {}-v{} alone ({}), and each model is ranked among these and "
      "itself, whoever else is in the run{}.",
      pool.at("name").get<std::string>(), pool.at("version").get<int>(),
      fmt::join(pool.at("models").get<std::vector<std::string>>(), ", "),
      without.empty() ? "" : fmt::format("; the pool does not have {}", fmt::join(without, ", ")));
}

std::string legend(const OrderedJson& board) {
  return kLegend + pool_legend(board) + (board.value("controls", OrderedJson()).empty() ? "" : kControlsLegend);
}

}  // namespace

std::string terminal_report(const OrderedJson& board) {
  std::string text;
  for (const TextTable& table : tables_of(board)) text += "\n" + terminal_text(table);
  text += fmt::format("\n{}\n", legend(board));
  for (const OrderedJson& failure : board.at("failures")) text += fmt::format("FAILED {}\n", failure_line(failure));
  return text;
}

std::string markdown_report(const OrderedJson& board) {
  std::string text = "# predcorr leaderboard\n\n";
  for (const OrderedJson& suite : board.at("suites"))
    text += fmt::format("Suite `{}`, protocol `{}`.\n", suite.at("name").get<std::string>(),
                        suite.at("protocol").at("name").get<std::string>());
  text += fmt::format("\n{}\n", legend(board));
  for (const TextTable& table : tables_of(board)) text += "\n" + markdown_text(table);
  if (!board.at("failures").empty()) text += "\n## Failures\n\n";
  for (const OrderedJson& failure : board.at("failures")) text += fmt::format("- {}\n", failure_line(failure));
  return text;
}

}  // namespace predcorr
