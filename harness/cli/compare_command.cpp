// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "core/base/files.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/run_arguments.hpp"
#include "results/comparison/comparison_report.hpp"

namespace predcorr {
namespace {

struct CompareArguments {
  std::string before, after, format = "table", json;
  std::vector<std::string> gates;
  double tolerance = 0;
  bool partial = false, wide = false;
};

/// A gate on a score that nobody has would let everything pass.
void check_gates(const std::vector<Gate>& gates, const RunComparison& comparison) {
  std::vector<std::string> known;
  for (const ScoreChange& change : comparison.changes)
    if (!contains(known, change.key.text())) known.push_back(change.key.text());
  for (const Gate& gate : gates)
    require(contains(known, gate.key.text()), ErrorKind::config, "--gate: no model has '{}' in both{}", gate.key.text(),
            suggestion(gate.key.text(), known));
}

int compare(const CompareArguments& arguments) {
  std::vector<Gate> gates;
  for (const std::string& text : arguments.gates) {
    const std::vector<Gate> read = read_gate(text, arguments.tolerance);
    gates.insert(gates.end(), read.begin(), read.end());
  }
  const RunComparison comparison = compare_runs(open_board(arguments.before), open_board(arguments.after));
  require(!comparison.changes.empty(), ErrorKind::data,
          "{} and {}: no model has a score on the same data set in both, by label", arguments.before, arguments.after);
  check_gates(gates, comparison);
  if (!arguments.json.empty()) write_text_atomically(arguments.json, readable_json(to_json(comparison, gates)));
  if (arguments.format == "markdown")
    print_text(comparison_markdown(comparison, gates));
  else
    print_report(comparison_text(comparison, gates, output_style(arguments.wide)));
  if (gates.empty()) return kSuccess;
  const bool gone = !comparison.datasets_gone.empty() || !comparison.models_gone.empty();
  if (gone && !arguments.partial)
    say("What is gone cannot be shown to be no worse: the gate does not let this pass (--partial excuses it).\n");
  return !refused(comparison, gates).empty() || (gone && !arguments.partial) ? kCellsFailed : kSuccess;
}

}  // namespace

void add_compare_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<CompareArguments>();
  CLI::App* command = app.add_subcommand("compare", "Say what changed from one run or leaderboard to another");
  command->footer(examples({"compare results/runs/before results/runs/after",
                            "compare old.json new.json --gate 'xllr worse' --tolerance 0.5"}));
  command->add_option("before", a->before, "run folder, or leaderboard.json")->required();
  command->add_option("after", a->after, "run folder, or leaderboard.json")->required();
  command
      ->add_option(
          "--gate", a->gates,
          "SCORE worse, SCORE better or SCORE changed: exit status 1 if a model's score did that beyond noise, "
          "or a model is gone; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--tolerance", a->tolerance, "changes by no more than this pass the gates, in the score's unit")
      ->capture_default_str();
  command->add_option("--format", a->format, "what to print: table or markdown")
      ->check(CLI::IsMember({"table", "markdown"}));
  command->add_option("--json", a->json, "also write every change into this file");
  command->add_flag("--partial", a->partial, "models and data sets that are gone do not fail the gate");
  command->add_flag("--wide", a->wide, kWideHelp);
  command->callback([&chosen, a] { chosen = [a] { return compare(*a); }; });
}

}  // namespace predcorr
