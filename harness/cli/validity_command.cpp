// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/base/files.hpp"
#include "core/base/folder_lock.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/completeness.hpp"
#include "harness/cli/run_arguments.hpp"
#include "results/validity/validity_report.hpp"
#include "results/validity/validity_study.hpp"

namespace predcorr {
namespace {

struct ValidityArguments {
  RunArguments run;
  std::vector<std::string> folders;
  std::optional<bool> recompute;
  bool partial = false;
};

/// Writes validity.json and validity.md, and prints the tables.
ValidityStudy study(const std::vector<Store>& stores, const std::filesystem::path& out) {
  const ValidityStudy validity = make_validity(stores);
  make_folder(out);
  write_text_atomically(out / "validity.json", to_json(validity).dump() + "\n");
  write_text_atomically(out / "validity.md", validity_report(validity, true));
  say("{}", validity_report(validity, false));
  return validity;
}

int run_validity(const ValidityArguments& arguments) {
  require(arguments.run.suite.empty() != arguments.folders.empty(), ErrorKind::config,
          "validity: name a suite to run, or with --runs the folders of runs that are there, not both");
  if (!arguments.folders.empty()) {
    require(!arguments.run.out.empty(), ErrorKind::config, "validity: --runs needs --out, a folder for the results");
    const std::vector<Store> stores = open_runs(arguments.folders, arguments.recompute, arguments.run.data);
    const std::filesystem::path out = arguments.run.out;
    const ValidityStudy validity = study(stores, out);
    say("\n{}\n", (out / "validity.json").string());
    return status_of(validity.gaps, arguments.partial);
  }
  const FinishedRun run = execute(arguments.run, load_suite(arguments.run));
  if (run.summary.left > 0) {  // half a study would look like one
    say("{}", summary_line(run.summary, run.store.folder()));
    return kInterrupted;
  }
  const FolderLock alone(run.store.folder());  // who studies last has seen every record
  std::filesystem::path written = run.store.folder() / "validity.json";
  try {
    study({run.store}, run.store.folder());
  } catch (const Error& e) {  // a part of a suite was run as it was told, and may be too little to study by itself
    if (e.kind() != ErrorKind::config || (arguments.run.shard.empty() && arguments.run.options.only.empty())) throw;
    note("predcorr: no study of this part alone: {}; join the parts with --runs\n", e.what());
    written = run.store.folder();
  }
  say("\n{}", summary_line(run.summary, written));
  return exit_status(run.summary);
}

}  // namespace

void add_validity_command(CLI::App& app, std::function<int()>& chosen) {
  auto arguments = std::make_shared<ValidityArguments>();
  CLI::App* command = app.add_subcommand(
      "validity", "Run a suite of many models, and tell which scores foretell who learns well from few labels");
  command->footer(
      examples({"validity validity-fresh --seeds 1..10 --threads 8", "validity --runs shard-1 shard-2 --out study"}));
  add_run_options(*command, arguments->run);
  command->add_option("--runs", arguments->folders, "run folders (of shards) to study, in place of a suite");
  add_recompute_flags(*command, arguments->recompute);
  command->add_flag("--partial", arguments->partial, std::string("with --runs, ") + kPartialHelp);
  command->callback([&chosen, arguments] { chosen = [arguments] { return run_validity(*arguments); }; });
}

}  // namespace predcorr
