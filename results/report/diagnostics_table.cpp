// SPDX-License-Identifier: Apache-2.0
#include "results/report/diagnostics_table.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>

#include "datasets/delimited_text.hpp"
#include "results/statistics/summary.hpp"

namespace predcorr {

std::string diagnostics_csv(const Store& store, DiagnosticLines lines) {
  const Run run = store.run();
  std::map<std::string, std::pair<std::size_t, std::uint64_t>> planned;  // place in the plan and seed, by id
  for (std::size_t i = 0; i < run.plan.size(); ++i)
    if (run.plan[i].entry.criterion.empty())
      for (const auto& [seed, id] : run.plan[i].cells) planned[id] = {i, seed};
  std::map<std::size_t, std::map<std::string, SeedValues>> found;  // by place and name
  store.for_each([&](const std::string& id, FiledCell&& cell) {
    const auto at = planned.find(id);
    if (at == planned.end() || !cell.record || cell.record->failed) return;
    for (const auto& [name, value] : cell.record->diagnostics) found[at->second.first][name][at->second.second] = value;
  });
  const bool each = lines == DiagnosticLines::each_seed;
  std::string text = each ? "dataset,model,seed,diagnostic,value\n" : "dataset,model,diagnostic,mean,stderr,n\n";
  const auto to = std::back_inserter(text);
  for (const auto& [place, diagnostics] : found) {
    const PlanEntry& entry = run.plan[place].entry;
    const std::string of = delimited_cell(entry.dataset) + "," + delimited_cell(entry.model);
    for (const auto& [name, values] : diagnostics) {
      if (each) {
        for (const auto& [seed, value] : values)
          fmt::format_to(to, "{},{},{},{}\n", of, seed, delimited_cell(name), value);
        continue;
      }
      const Summary summary = summarise(in_order(values));
      fmt::format_to(to, "{},{},{},{},{}\n", of, delimited_cell(name), summary.mean,
                     summary.standard_error ? fmt::format("{}", *summary.standard_error) : "", summary.n);
    }
  }
  return text;
}

}  // namespace predcorr
