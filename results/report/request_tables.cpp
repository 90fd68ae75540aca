// SPDX-License-Identifier: Apache-2.0
#include "results/report/request_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text.hpp"
#include "results/text/seed_ranges.hpp"

namespace predcorr {
namespace {

std::string share_cell(const std::optional<double>& share) { return share ? fmt::format("{:.3f}", *share) : "-"; }

std::string combined_note(const Leaderboard& board, const CombinedScores& combined) {
  const auto named = [](const std::string& label) { return label.empty() ? std::string("none") : label; };
  std::string note = fmt::format(
      "Weighted mean of normalised scores, 0 as good as the floor ({}), 1 as the ceiling ({}); data sets weigh "
      "equally. Intervals: 95 %, over seeds, for these data sets; none where a data set has one seed, and of floor and "
      "ceiling.",
      named(board.normalised_by.floor), named(board.normalised_by.ceiling));
  for (const CombinedPart& part : combined.parts)
    for (const auto& [dataset, reason] : part.left_out)
      note += fmt::format(" {} leaves out {}: {}.", board.metrics.column_head(part.score.key), dataset, reason);
  for (const CombinedModel& model : combined.models)
    if (!model.missing.empty()) note += fmt::format(" {} has none: {}.", model.label, model.missing);
  return note;
}

/// "at least 0", "at most 0.1", "from 0 to 0.1".
std::string range_in_words(const Finding& finding) {
  if (finding.at_least && finding.at_most) return fmt::format("from {:g} to {:g}", *finding.at_least, *finding.at_most);
  return finding.at_least ? fmt::format("at least {:g}", *finding.at_least)
                          : fmt::format("at most {:g}", finding.at_most.value_or(0));
}

/// "0.12 [0.1, 0.14] over 5 seeds".
std::string measured_in_words(const CheckedFinding& checked) {
  const Summary& value = *checked.value;
  const std::string interval =
      value.interval ? fmt::format(" [{:.4g}, {:.4g}]", value.interval->low, value.interval->high) : "";
  const std::string unit = value.n == 1 ? checked.over.substr(0, checked.over.size() - 1) : checked.over;
  return fmt::format("{:.4g}{} over {} {}", value.mean, interval, value.n, unit);
}

}  // namespace

std::optional<TextTable> combined_table(const Leaderboard& board) {
  if (!board.combined) return std::nullopt;
  const CombinedScores& combined = *board.combined;
  TextTable table;
  table.title = "Combined score: 0 the floor, 1 the ceiling";
  table.header = {"model", "combined", "interval"};
  table.always = 2;
  for (const CombinedPart& part : combined.parts)
    table.header.push_back(
        fmt::format("{} (weight {:g})", board.metrics.column_head(part.score.key), part.score.weight));
  for (const CombinedModel& model : combined.models) {
    TextRow row = {{model.label}, {share_cell(model.value)}};
    row.push_back({model.interval ? fmt::format("{:.3f} to {:.3f}", model.interval->low, model.interval->high) : "-"});
    for (const std::optional<double>& part : model.parts) row.push_back({share_cell(part)});
    table.rows.push_back(std::move(row));
  }
  table.note = combined_note(board, combined);
  return table;
}

std::vector<TextTable> pareto_tables(const Leaderboard& board) {
  std::vector<TextTable> tables;
  if (!board.pareto) return tables;
  const auto& [axes, datasets] = *board.pareto;
  for (const ParetoDataset& dataset : datasets) {
    TextTable& table = tables.emplace_back();
    table.title = fmt::format("{}: Pareto front of {} and {}", dataset.label, axes[0].text(), axes[1].text());
    table.header = {"model", board.metrics.column_head(axes[0]), board.metrics.column_head(axes[1]), "dominated by"};
    table.always = 3;
    for (const ParetoModel& model : dataset.models) {
      TextRow row = {{model.label}};
      for (const double mean : model.means) row.push_back({with_error(mean, std::nullopt), model.on_front()});
      row.push_back({model.on_front() ? "" : comma_list(model.dominated_by) + (model.told_apart ? "" : " ?")});
      table.rows.push_back(std::move(row));
    }
    table.note = fmt::format("Marked: the front. Means on {}.", seeds_in_words(seed_ranges(dataset.seeds)));
    if (std::any_of(dataset.models.begin(), dataset.models.end(),
                    [](const ParetoModel& model) { return !model.on_front() && !model.told_apart; }))
      table.note += " ?: no paired test tells the model from one that dominates it, so that it may be on the front.";
    if (!dataset.left_out.empty())
      table.note += fmt::format(" Without both, or with too few seeds: {}.", comma_list(dataset.left_out));
  }
  return tables;
}

std::vector<std::string> finding_lines(const Leaderboard& board) {
  std::vector<std::string> lines;
  for (const CheckedFinding& checked : board.findings) {
    const Finding& finding = checked.finding;
    lines.push_back(fmt::format("FINDING {}: {} ({}). {} of {}{} on {}: {}; expected {}.", to_string(checked.verdict),
                                finding.sentence, finding.source, finding.score.text(), finding.model,
                                finding.than.empty() ? "" : " - " + finding.than,
                                checked.datasets.empty() ? "none" : comma_list(checked.datasets),
                                checked.value ? measured_in_words(checked) : checked.missing, range_in_words(finding)));
  }
  return lines;
}

}  // namespace predcorr
