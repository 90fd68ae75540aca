// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>
#include <optional>

#include "core/files.hpp"
#include "datasets/fetch.hpp"
#include "harness/commands.hpp"
#include "harness/installation.hpp"
#include "harness/plan.hpp"
#include "harness/runner.hpp"
#include "results/leaderboard.hpp"
#include "results/report.hpp"

namespace predcorr {
namespace {

std::atomic<bool> stop_requested = false;

/// The first Ctrl-C lets running cells finish; the second ends the program at once, which loses only those.
extern "C" void on_interrupt(int) {
  stop_requested = true;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

struct RunArguments {
  std::string suite, data, out, seeds, shard, references;
  RunOptions options;
};

void read_shard(const std::string& text, RunOptions& options) {
  if (text.empty()) return;
  char rest = 0;
  require(std::sscanf(text.c_str(), "%d/%d%c", &options.shard, &options.shards, &rest) == 2, ErrorKind::config,
          "--shard: must be I/N such as 1/4, got '{}'", text);
}

/// Other data under one of the pool's labels is found before the work, not after it.
ReferencePool open_references(const std::string& references, const Suite& suite) {
  ReferencePool pool = ReferencePool::open(find_references(references));
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite)))
    pool.why_absent(cell.entry.dataset, cell.identity, cell.seed);
  return pool;
}

int run(RunArguments arguments) {
  const auto file = find_suite(arguments.suite);
  Suite suite = read_suite(read_json_file(file), file.string());
  if (!arguments.seeds.empty()) suite.seeds = read_seeds(Json(arguments.seeds), "--seeds");
  read_shard(arguments.shard, arguments.options);
  suite.folders = datasets::data_folders(arguments.data);
  suite.folders.insert(suite.folders.begin(), file.has_parent_path() ? file.parent_path() : ".");
  const std::filesystem::path out =
      arguments.out.empty() ? std::filesystem::path("results/runs") / suite.name : std::filesystem::path(arguments.out);

  std::optional<ReferencePool> pool;
  if (!arguments.references.empty()) pool = open_references(arguments.references, suite);
  const Store store = Store::open_for_writing(out, suite.name);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  const RunSummary summary = run_suite(suite, store, arguments.options, stop_requested);

  const OrderedJson board = make_leaderboard({store}, pool ? &*pool : nullptr);
  write_text_atomically(out / "leaderboard.json", board.dump(1) + "\n");
  write_text_atomically(out / "leaderboard.md", markdown_report(board));
  fmt::print("{}\n{} cells done, {} failed{}. {}\n", terminal_report(board), summary.done + summary.done_before,
             summary.failed, summary.left > 0 ? fmt::format(", {} not started", summary.left) : "",
             (out / "leaderboard.json").string());
  if (summary.left > 0) {
    fmt::print("Interrupted. The same command goes on where it stopped.\n");
    return kInterrupted;
  }
  if (summary.failed > 0) fmt::print("The same command tries the failed cells again.\n");
  return summary.failed > 0 ? kCellsFailed : kSuccess;
}

}  // namespace

void add_run_command(CLI::App& app, std::function<int()>& chosen) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Run a suite, or go on with it, and print its leaderboard");
  command->add_option("suite", arguments->suite, "suite file, or the name of a shipped suite (quick, uci)")->required();
  command->add_option("--data", arguments->data,
                      "folder with data files; before $PREDCORR_DATA and the download cache");
  command->add_option("--out", arguments->out, "run folder (default: results/runs/SUITE-NAME)");
  command->add_option("--threads", arguments->options.threads, "cells at a time (default: one for each core)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--seeds", arguments->seeds, "such as 1..10 or 3, in place of the suite's");
  command->add_option("--only", arguments->options.only, "only this model or data set, by label; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--shard", arguments->shard,
                      "I/N: only every N-th cell, beginning with the I-th; join with 'leaderboard'");
  command->add_option("--references", arguments->references, kReferencesHelp);
  bool resume = true;
  command->add_flag("--resume", resume, "go on with what the run folder has (the default)");
  command->add_flag("--fresh", arguments->options.fresh, "forget what the run folder has")->excludes("--resume");
  command->callback([&chosen, arguments] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace predcorr
