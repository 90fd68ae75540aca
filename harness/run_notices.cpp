// SPDX-License-Identifier: Apache-2.0
#include "harness/run_notices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/output.hpp"

namespace predcorr {

std::string run_notices(const Suite& suite, const std::vector<RunDataset>& datasets) {
  std::string text = seeds_in_words(suite.seeds) + "\n";
  for (const RunDataset& dataset : datasets) {
    if ((dataset.name != "csv" && dataset.name != "images") || !dataset.table) continue;
    const TableDescription& table = *dataset.table;
    text += fmt::format("{}: {}: {} rows, {} inputs, target '{}'; {}\n", dataset.label, table.file, table.rows,
                        table.inputs.size(), table.target, table.notes);
  }
  return text;
}

void print_run_notices(const Suite& suite, const std::vector<RunDataset>& datasets) {
  print_note(run_notices(suite, datasets));
}

}  // namespace predcorr
