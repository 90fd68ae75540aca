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

namespace predcorr {
namespace {

struct TextCell {
  std::string text;
  bool best = false;
};
using TextRow = std::vector<TextCell>;

struct TextTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<TextRow> rows;
};

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

/// The mean with four significant digits, its standard error with as many decimals.
std::string with_error(const OrderedJson& summary) {
  const double mean = summary.at("mean").get<double>(), size = std::abs(mean);
  const bool extreme = size != 0 && (size < 1e-3 || size >= 1e6);
  const int before = size < 1 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
  const auto text = [&](double value) {
    return extreme ? fmt::format("{:.3g}", value) : fmt::format("{:.{}f}", value, std::clamp(4 - before, 0, 3));
  };
  return summary.at("stderr").is_null() ? text(mean) : text(mean) + " ± " + text(summary.at("stderr").get<double>());
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
  for (const auto& [label, model] : content.at("models").items()) {
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
  }
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
    if (best) table.rows[*best][c + 2].best = true;
  }
  return table;
}

TextTable learning_table(const std::string& dataset, const OrderedJson& curves) {
  TextTable table;
  table.title = fmt::format("{}: active learning", dataset);
  table.header = {"criterion",     "selected by", "predicted by",    "rows",
                  "RMSE at first", "at last",     "mean over curve", "LL at last"};
  for (const OrderedJson& curve : curves) {
    const auto at = [&](const char* key, bool last) -> std::string {
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
         {fmt::format("{}-{}", curve.at("n_train").front().get<int>(), curve.at("n_train").back().get<int>())},
         {at("rmse", false)},
         {at("rmse", true)},
         {has_mean ? with_error(curve.at("mean_over_curve").at("rmse")) : "-"},
         {at("marginal_log_likelihood", true)}});
  }
  return table;
}

std::vector<TextTable> tables_of(const OrderedJson& board) {
  std::vector<TextTable> tables;
  for (const auto& [dataset, content] : board.at("datasets").items())
    if (!content.at("models").empty()) tables.push_back(dataset_table(board, dataset, content));
  for (const auto& [dataset, curves] : board.at("active_learning").items())
    if (!curves.empty()) tables.push_back(learning_table(dataset, curves));
  return tables;
}

/// Characters, not bytes: the tables hold arrows and plus-minus signs in UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t to, bool left) {
  const std::string blanks(to - std::min(to, width(text)), ' ');
  return left ? text + blanks : blanks + text;
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

}  // namespace

std::string terminal_report(const OrderedJson& board) {
  std::string text;
  for (const TextTable& table : tables_of(board)) {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      widths.push_back(width(table.header[c]));
      for (const TextRow& row : table.rows) widths[c] = std::max(widths[c], width(row[c].text) + (row[c].best ? 1 : 0));
    }
    text += fmt::format("\n{}\n", table.title);
    for (std::size_t c = 0; c < widths.size(); ++c) text += "  " + padded(table.header[c], widths[c], c == 0);
    text += '\n';
    for (const TextRow& row : table.rows) {
      for (std::size_t c = 0; c < widths.size(); ++c)
        text += "  " + padded((row[c].best ? "*" : "") + row[c].text, widths[c], c == 0);
      text += '\n';
    }
  }
  text += fmt::format("\n{}\n", kLegend);
  for (const OrderedJson& failure : board.at("failures")) text += fmt::format("FAILED {}\n", failure_line(failure));
  return text;
}

std::string markdown_report(const OrderedJson& board) {
  std::string text = "# predcorr leaderboard\n\n";
  for (const OrderedJson& suite : board.at("suites"))
    text += fmt::format("Suite `{}`, protocol `{}`.\n", suite.at("name").get<std::string>(),
                        suite.at("protocol").at("name").get<std::string>());
  text += fmt::format("\n{}\n", kLegend);
  for (const TextTable& table : tables_of(board)) {
    text += fmt::format("\n## {}\n\n| {} |\n|", table.title, fmt::join(table.header, " | "));
    for (std::size_t c = 0; c < table.header.size(); ++c) text += c == 0 ? ":--|" : "--:|";
    text += '\n';
    for (const TextRow& row : table.rows) {
      text += '|';
      for (const TextCell& cell : row)
        text += cell.best ? fmt::format(" **{}** |", cell.text) : fmt::format(" {} |", cell.text);
      text += '\n';
    }
  }
  if (!board.at("failures").empty()) text += "\n## Failures\n\n";
  for (const OrderedJson& failure : board.at("failures")) text += fmt::format("- {}\n", failure_line(failure));
  return text;
}

}  // namespace predcorr
