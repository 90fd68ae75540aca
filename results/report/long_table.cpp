// SPDX-License-Identifier: Apache-2.0
#include "results/report/long_table.hpp"

#include <fmt/format.h>

#include <iterator>

#include "datasets/delimited_text.hpp"

namespace predcorr {
namespace {

void add_regression_gap(const PlanEntry& entry, std::uint64_t seed, const char* status, std::string& text) {
  if (entry.criterion.empty())
    fmt::format_to(std::back_inserter(text), "{},{},{},,,{}\n", delimited_cell(entry.dataset),
                   delimited_cell(entry.model), seed, status);
}

}  // namespace

std::string long_table_csv(const Leaderboard& board) {
  std::string text = "dataset,model,seed,score,value,status\n";
  for (const DatasetResults& dataset : board.datasets)
    for (const ModelResults& model : dataset.models)
      for (const ScoreSummary& score : model.scores)
        for (const auto& [seed, value] : score.values)
          fmt::format_to(std::back_inserter(text), "{},{},{},{},{},done\n", delimited_cell(dataset.label),
                         delimited_cell(model.label), seed, delimited_cell(score.key.text()), value);
  for (const FailedCell& cell : board.gaps.failures) add_regression_gap(cell.entry, cell.seed, "failed", text);
  for (const MissingCells& cells : board.gaps.missing)
    for (const std::uint64_t seed : cells.seeds) add_regression_gap(cells.entry, seed, "missing", text);
  return text;
}

}  // namespace predcorr
