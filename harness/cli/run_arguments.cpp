// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/run_arguments.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <csignal>

#include "core/base/files.hpp"
#include "core/base/interruption.hpp"
#include "datasets/fetch.hpp"
#include "harness/cli/commands.hpp"
#include "harness/recompute.hpp"

namespace predcorr {
namespace {

/// The first Ctrl-C lets running cells finish, but for external models, which may take hours; the second ends the
/// program at once, which loses only what is running. Only what a signal handler may do is done here.
extern "C" void on_interrupt(int) {
  constexpr char kNote[] =
      "\nInterrupted: no further cells are begun; external models are ended, other cells that run are finished. "
      "Ctrl-C again ends at once.\n";
  interruption() = true;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kNote, sizeof kNote - 1);
}

/// "2/4". What an int cannot hold is refused, not wrapped around.
void read_shard(const std::string& text, RunOptions& options) {
  if (text.empty()) return;
  const char *at = text.data(), *end = at + text.size();
  const auto number = [&](int& value) {
    const auto [rest, status] = std::from_chars(at, end, value);
    at = rest;
    return status == std::errc() && value >= 1;
  };
  const bool read = number(options.shard) && at != end && *at++ == '/' && number(options.shards) && at == end;
  require(read && options.shard <= options.shards, ErrorKind::config,
          "--shard: must be I/N such as 1/4, with I from 1 to N, got '{}'", text);
}

}  // namespace

CLI::Option* add_run_options(CLI::App& command, RunArguments& arguments) {
  CLI::Option* suite =
      command.add_option("suite", arguments.suite, "suite file, or the name of a shipped suite (quick, uci)");
  command.add_option("--data", arguments.data, "folder with data files; before $PREDCORR_DATA and the download cache");
  command.add_option("--out", arguments.out, "run folder (default: results/runs/SUITE-NAME)");
  command.add_option("--threads", arguments.options.threads, "cells at a time (default: one for each core)")
      ->check(CLI::Range(1, 1024));
  command.add_option("--seeds", arguments.seeds, "such as 1..10, or 3 for the one seed 3, in place of the suite's");
  command.add_option("--only", arguments.options.only, "only this model, grid or data set, by label; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--shard", arguments.shard,
                     "I/N: only every N-th cell, beginning with the I-th; join with 'leaderboard'");
  command
      .add_option("--keep", arguments.keep,
                  "of what was predicted: 'scores' alone; the 'test' points; 'predictions' as far as scores need them, "
                  "pool x test too (of controls the test points); or 'all', with pool x pool")
      ->capture_default_str();
  command.add_flag_callback("--resume", [] {}, "go on with what the run folder has (the default)");
  command.add_flag("--fresh", arguments.options.fresh, "forget what the run folder has of the cells to run")
      ->excludes("--resume");
  return suite;
}

Suite load_suite(const RunArguments& arguments) {
  const auto file = find_suite(arguments.suite);
  Suite suite = read_suite(read_json_file(file), file.string(), folder_of_suite(file));
  if (!arguments.seeds.empty()) suite.seeds = read_seeds(Json(arguments.seeds), "--seeds");
  suite.folders = folders_of_suite(suite, datasets::data_folders(arguments.data));
  return suite;
}

RunOptions read_run_options(const RunArguments& arguments) {
  RunOptions options = arguments.options;
  read_shard(arguments.shard, options);
  options.keep = read_keep(arguments.keep, "--keep");
  return options;
}

std::filesystem::path run_folder(const RunArguments& arguments, const Suite& suite) {
  return arguments.out.empty() ? std::filesystem::path("results/runs") / suite.name
                               : std::filesystem::path(arguments.out);
}

void finish_cells_when_interrupted() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

void check_pool(const ReferencePool& pool, const Plan& plan) {
  for (const Cell& cell : plan.cells) pool.why_absent(cell.entry.dataset, cell.identity, cell.seed);
}

FinishedRun execute(const RunArguments& arguments, const Suite& suite, const std::function<void(const Plan&)>& check) {
  const RunOptions options = read_run_options(arguments);
  Problems problems(suite);
  const Plan plan = plan_suite(suite, problems);
  if (check) check(plan);
  const std::filesystem::path folder = run_folder(arguments, suite);
  const ResultFolder made(folder, "cells");
  Store store = Store::open_for_writing(folder, suite.name);
  finish_cells_when_interrupted();
  const RunSummary summary = run_plan(suite, plan, problems, store, options, interruption());
  return {std::move(store), summary};
}

void add_recompute_flags(CLI::App& command, std::optional<bool>& wanted) {
  command.add_flag_callback(
      "--recompute", [&wanted] { wanted = true; },
      "compute scores anew from the stored predictions, and count no record that claims others (the default where "
      "several folders are given)");
  command.add_flag_callback("--no-recompute", [&wanted] { wanted = false; }, "believe the records of several folders");
}

std::vector<Store> open_runs(const std::vector<std::string>& folders, std::optional<bool> recompute,
                             const std::string& data) {
  std::vector<Store> stores;
  for (const std::string& folder : folders) stores.push_back(Store::open_for_reading(folder));
  if (recompute.value_or(stores.size() > 1)) distrust_forged(stores, datasets::data_folders(data));
  return stores;
}

std::string summary_line(const RunSummary& summary, const std::filesystem::path& file) {
  std::string text = fmt::format("{} cells done, {} failed{}. {}\n", summary.done + summary.done_before, summary.failed,
                                 summary.left > 0 ? fmt::format(", {} not started", summary.left) : "", file.string());
  if (summary.left > 0)
    text += "Interrupted. The same command goes on where it stopped.\n";
  else if (summary.failed > 0)
    text += "The same command tries the failed cells again.\n";
  return text;
}

int exit_status(const RunSummary& summary) {
  return summary.left > 0 ? kInterrupted : summary.failed > 0 ? kCellsFailed : kSuccess;
}

}  // namespace predcorr
