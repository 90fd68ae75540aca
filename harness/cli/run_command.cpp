// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/base/files.hpp"
#include "core/base/folder_lock.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/run_arguments.hpp"
#include "harness/suites/installation.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "results/report/report.hpp"

namespace predcorr {
namespace {

int run(const RunArguments& arguments, const std::string& references, bool wide) {
  const Suite suite = load_suite(arguments);
  std::optional<ReferencePool> pool;
  if (!references.empty()) pool = ReferencePool::open(find_references(references));
  const FinishedRun run = execute(arguments, suite, [&](const Plan& plan) {
    if (pool) check_pool(*pool, plan);
  });

  // Of several processes that finish at once, the last to make the board has seen every record.
  const FolderLock alone(run.store.folder());
  const Leaderboard board = make_leaderboard({run.store}, pool ? &*pool : nullptr);
  const std::filesystem::path file = run.store.folder() / "leaderboard.json";
  write_text_atomically(file, leaderboard_text(board));
  write_text_atomically(run.store.folder() / "leaderboard.md", markdown_report(board));
  print_report(terminal_report(board, output_style(wide)));
  say("\n{}", summary_line(run.summary, file));
  return exit_status(run.summary);
}

}  // namespace

void add_run_command(CLI::App& app, std::function<int()>& chosen) {
  struct Given {
    RunArguments arguments;
    std::string references;
    bool wide = false;
  };
  auto given = std::make_shared<Given>();
  CLI::App* command = app.add_subcommand("run", "Run a suite, or go on with it, and print its leaderboard");
  command->footer(examples({"run quick", "run my_suite.json --seeds 1..50 --threads 8 --out my_results"}));
  add_run_options(*command, given->arguments)->required();
  command->add_option("--references", given->references, kReferencesHelp);
  command->add_flag("--wide", given->wide, kWideHelp);
  command->callback(
      [&chosen, given] { chosen = [given] { return run(given->arguments, given->references, given->wide); }; });
}

}  // namespace predcorr
