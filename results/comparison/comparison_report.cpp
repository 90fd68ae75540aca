// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/comparison_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/text.hpp"
#include "results/statistics/summary.hpp"
#include "results/text/plain_text.hpp"

namespace predcorr {
namespace {

bool is_decided(const ScoreChange& change) { return change.change == Change::better || change.change == Change::worse; }

std::string interval_text(const std::optional<Interval>& interval) {
  return interval ? fmt::format("{:.4g} to {:.4g}", interval->low, interval->high) : "-";
}

std::string p_text(const std::optional<double>& p) {
  return !p ? "-" : *p < 1e-4 ? "< 0.0001" : fmt::format("{:.4f}", *p);
}

/// The surest first.
TextTable changes_table(const RunComparison& comparison) {
  std::vector<const ScoreChange*> changes;
  for (const ScoreChange& change : comparison.changes)
    if (is_decided(change)) changes.push_back(&change);
  std::ranges::stable_sort(changes, {}, [](const ScoreChange* change) { return *change->adjusted_p; });
  TextTable table;
  table.title = "Changed beyond noise";
  table.header = {"model", "data set", "score", "became", "from", "to", "difference, 95 %", "adjusted p", "seeds"};
  table.always = 6;
  for (const ScoreChange* change : changes)
    table.rows.push_back({{change->model},
                          {change->dataset},
                          {change->key.text()},
                          {to_string(change->change), change->change == Change::worse},
                          {fmt::format("{:.4g}", change->mean_before)},
                          {fmt::format("{:.4g}", change->mean_after)},
                          {interval_text(change->interval)},
                          {p_text(change->adjusted_p)},
                          {change->paired ? fmt::format("{}", change->after)
                                          : fmt::format("{}, {} unpaired", change->before, change->after)}});
  return table;
}

std::size_t count(const RunComparison& comparison, Change change) {
  return static_cast<std::size_t>(std::ranges::count(comparison.changes, change, &ScoreChange::change));
}

/// A sentence a line.
std::vector<std::string> summary_lines(const RunComparison& comparison) {
  std::vector<std::string> lines = {
      fmt::format("{} to {}: {} scores of models on data sets compared.", comparison.before, comparison.after,
                  comparison.changes.size()),
      fmt::format("{} better and {} worse beyond noise, {} within it, {} the same, {} that too few seeds leave open.",
                  count(comparison, Change::better), count(comparison, Change::worse),
                  count(comparison, Change::undecided), count(comparison, Change::same),
                  count(comparison, Change::untested))};
  if (comparison.tests > 0)
    lines.push_back(fmt::format(
        "Paired t tests at common seeds, Welch's where there are none; Holm's adjustment over all {}: where "
        "nothing changed, anything is called changed in 5 % of comparisons at most.",
        comparison.tests));
  const auto add = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) lines.push_back(fmt::format("{}: {}.", what, comma_list(names)));
  };
  add("Data sets gone", comparison.datasets_gone);
  add("Data sets that are new", comparison.datasets_new);
  add("Models gone", comparison.models_gone);
  add("Models that are new", comparison.models_new);
  return lines;
}

std::vector<std::string> gate_lines(const RunComparison& comparison, const std::vector<Gate>& gates) {
  std::vector<std::string> lines;
  for (const ScoreChange* change : refused(comparison, gates))
    lines.push_back(fmt::format("REFUSED {} of {} on {} became {}: {:.4g} to {:.4g}", change->key.text(), change->model,
                                change->dataset, to_string(change->change), change->mean_before, change->mean_after));
  if (!gates.empty() && lines.empty()) lines.push_back("The gate lets this pass.");
  return lines;
}

}  // namespace

std::string comparison_text(const RunComparison& comparison, const std::vector<Gate>& gates,
                            const TerminalStyle& style) {
  std::string text;
  if (const TextTable table = changes_table(comparison); !table.rows.empty())
    text += terminal_text(table, style) + "\n";
  for (const std::string& line : summary_lines(comparison)) text += wrapped(printable_line(line), style.width, 0);
  for (const std::string& line : gate_lines(comparison, gates)) text += wrapped(printable_line(line), style.width, 0);
  return text;
}

std::string comparison_markdown(const RunComparison& comparison, const std::vector<Gate>& gates) {
  std::string text = "# predcorr comparison\n\n";
  for (const std::string& line : summary_lines(comparison)) text += fmt::format("- {}\n", markdown_escaped(line));
  for (const std::string& line : gate_lines(comparison, gates)) text += fmt::format("- {}\n", markdown_escaped(line));
  if (const TextTable table = changes_table(comparison); !table.rows.empty()) text += "\n" + markdown_text(table);
  return text;
}

OrderedJson to_json(const RunComparison& comparison, const std::vector<Gate>& gates) {
  OrderedJson json = {{"schema", kComparisonSchema},
                      {"before", comparison.before},
                      {"after", comparison.after},
                      {"tests", comparison.tests},
                      {"datasets_gone", comparison.datasets_gone},
                      {"datasets_new", comparison.datasets_new},
                      {"models_gone", comparison.models_gone},
                      {"models_new", comparison.models_new},
                      {"refused", refused(comparison, gates).size()},
                      {"changes", OrderedJson::array()}};
  for (const ScoreChange& change : comparison.changes) {
    OrderedJson one = {{"dataset", change.dataset},    {"model", change.model},
                       {"score", change.key.text()},   {"change", to_string(change.change)},
                       {"paired", change.paired},      {"seeds", {change.before, change.after}},
                       {"before", change.mean_before}, {"after", change.mean_after}};
    one["interval"] = interval_or_null(change.interval);
    one["p"] = number_or_null(change.p);
    one["p_adjusted"] = number_or_null(change.adjusted_p);
    json["changes"].push_back(std::move(one));
  }
  return json;
}

}  // namespace predcorr
