// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "core/base/files.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/completeness.hpp"
#include "results/report/diagnostics_table.hpp"

namespace predcorr {
namespace {

struct DiagnosticsArguments {
  std::string folder, out;
  bool each_seed = false, partial = false;
};

int tell_diagnostics(const DiagnosticsArguments& a) {
  const Store store = Store::open_for_reading(a.folder);
  const std::string table = diagnostics_csv(store, a.each_seed ? DiagnosticLines::each_seed : DiagnosticLines::means);
  if (a.out.empty())
    say("{}", table);
  else
    write_text_atomically(a.out, table);
  const std::vector<Store> stores = {store};
  return status_of(regression_gaps(index_runs(stores), [](const PlanEntry&, std::uint64_t) { return true; }), a.partial,
                   true);
}

}  // namespace

void add_diagnostics_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<DiagnosticsArguments>();
  CLI::App* command = app.add_subcommand(
      "diagnostics", "What a run's models said of their fits, such as R-hat or epochs: means over seeds as CSV");
  command->footer(
      examples({"diagnostics results/runs/quick", "diagnostics results/runs/quick --each-seed --out d.csv"}));
  command->add_option("folder", a->folder, "folder that 'run' wrote")->required();
  command->add_option("--out", a->out, "file (default: standard output)");
  command->add_flag("--each-seed", a->each_seed, "the values of every seed");
  command->add_flag("--partial", a->partial, kPartialHelp);
  command->callback([&chosen, a] { chosen = [a] { return tell_diagnostics(*a); }; });
}

}  // namespace predcorr
