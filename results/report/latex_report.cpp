// SPDX-License-Identifier: Apache-2.0
#include "results/report/latex_report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "results/report/board_tables.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {
namespace {

std::string latex_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        escaped += '\\';
        escaped += c;
        break;
      case '~': escaped += "\\textasciitilde{}"; break;
      case '^': escaped += "\\textasciicircum{}"; break;
      case '\\': escaped += "\\textbackslash{}"; break;
      default:
        if (static_cast<unsigned char>(c) >= ' ' && c != 127) escaped += c;
    }
  }
  return escaped;
}

std::string latex_arrow(Direction direction) {
  return direction == Direction::higher ? " $\\uparrow$" : direction == Direction::lower ? " $\\downarrow$" : "";
}

std::string latex_value(const Summary& summary, bool best, const std::string& letters) {
  std::string text =
      with_error(summary.mean, summary.interval ? std::optional(0.5 * (summary.interval->high - summary.interval->low))
                                                : std::nullopt);
  if (const auto sign = text.find("±"); sign != std::string::npos) text.replace(sign, std::string("±").size(), "\\pm");
  return fmt::format("${}{}$", best ? "\\mathbf{" + text + "}" : text,
                     letters.empty() ? "" : "^{\\mathrm{" + letters + "}}");
}

std::string dataset_latex(const Leaderboard& board, const DatasetResults& results) {
  const std::vector<ScoreColumn> columns = shown_columns(board, results);
  std::string text = fmt::format(
      "\\begin{{table}}\n\\centering\n\\caption{{{}: mean and half the width of its 95\\,\\% "
      "interval over seeds. Models that share a letter are not told apart at 5\\,\\%.}}\n"
      "\\begin{{tabular}}{{lr{}}}\n\\toprule\nmodel & seeds",
      latex_escaped(results.label), std::string(columns.size(), 'r'));
  for (const ScoreColumn& column : columns)
    text += " & " + latex_escaped(column.head) + latex_arrow(board.metrics.direction(column.key));
  text += " \\\\\n\\midrule\n";
  for (const ModelResults& model : results.models) {
    if (model.seeds.done + model.seeds.failed == 0) continue;
    text += fmt::format("{} & {}", latex_escaped(model.label), seeds_cell(model.seeds));
    for (const ScoreColumn& column : columns) {
      const Summary* summary = find_summary(model.scores, column.key);
      text += " & " + (summary == nullptr ? std::string(model.seeds.done == 0 ? "failed" : "--")
                                          : latex_value(*summary, is_best(results, model.label, column.key),
                                                        letters_of(results, model.label, column.key)));
    }
    text += " \\\\\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
}

}  // namespace

std::string latex_report(const Leaderboard& board) {
  std::string text = "% needs \\usepackage{booktabs}\n";
  for (const DatasetResults& results : board.datasets)
    if (!shown_columns(board, results).empty()) text += "\n" + dataset_latex(board, results);
  return text;
}

}  // namespace predcorr
