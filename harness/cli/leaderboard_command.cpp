// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/base/files.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/completeness.hpp"
#include "harness/cli/run_arguments.hpp"
#include "harness/suites/installation.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "results/report/latex_report.hpp"
#include "results/report/long_table.hpp"
#include "results/report/report.hpp"

namespace predcorr {
namespace {

struct LeaderboardArguments {
  std::vector<std::string> folders;
  std::string format = "table", out, references, data, combine, pareto;
  std::optional<bool> recompute;
  bool partial = false, wide = false;
};

int leaderboard(const LeaderboardArguments& arguments) {
  const std::vector<Store> stores = open_runs(arguments.folders, arguments.recompute, arguments.data);
  std::optional<ReferencePool> pool;
  if (!arguments.references.empty()) pool = ReferencePool::open(find_references(arguments.references));
  Leaderboard board =
      make_leaderboard(stores, pool ? &*pool : nullptr, {.combine = arguments.combine, .pareto = arguments.pareto});
  board.partial = arguments.partial;
  // A board of shards is to be whole; that of one run that goes on may be looked at.
  if (stores.size() > 1 && !arguments.partial && !incompleteness(board.gaps).empty())
    return status_of(board.gaps, false, true);
  const auto json = [&] { return leaderboard_text(board); };
  if (!arguments.out.empty()) {
    const std::filesystem::path out = arguments.out;
    make_folder(out);
    write_text_atomically(out / "leaderboard.json", json());
    write_text_atomically(out / "leaderboard.md", markdown_report(board));
  }
  const std::string& format = arguments.format;
  if (format == "table")
    print_report(terminal_report(board, output_style(arguments.wide)));
  else
    print_text(format == "json"       ? json()
               : format == "markdown" ? markdown_report(board)
               : format == "csv"      ? long_table_csv(board)
                                      : latex_report(board));
  return status_of(board.gaps, arguments.partial);
}

}  // namespace

void add_leaderboard_command(CLI::App& app, std::function<int()>& chosen) {
  auto arguments = std::make_shared<LeaderboardArguments>();
  CLI::App* command = app.add_subcommand("leaderboard", "Make one leaderboard of one or many run folders");
  command->footer(
      examples({"leaderboard shard-1 shard-2 --out joined", "leaderboard results/runs/quick --format csv"}));
  command->add_option("folders", arguments->folders, "folders that 'run' wrote")->required();
  command
      ->add_option("--format", arguments->format,
                   "what to print: table; json; csv, every value on a line; markdown; latex")
      ->check(CLI::IsMember({"table", "json", "csv", "markdown", "latex"}));
  command->add_option("--references", arguments->references, kReferencesHelp);
  add_recompute_flags(*command, arguments->recompute);
  command->add_option("--data", arguments->data,
                      "folder with data files, to recompute by; before $PREDCORR_DATA and the download cache");
  command->add_option("--out", arguments->out, "also write leaderboard.json and leaderboard.md into this folder");
  command->add_option("--combine", arguments->combine,
                      "weights of scores in a combined one, such as rmse=1,joint_log_likelihood=2; in place of the "
                      "suite's");
  command->add_option(
      "--pareto", arguments->pareto,
      "two scores or costs (fit_seconds, predict_seconds, cpu_seconds, peak_bytes), such as rmse,fit_seconds: also "
      "show which models no other beats in both");
  command->add_flag("--partial", arguments->partial, kPartialHelp);
  command->add_flag("--wide", arguments->wide, kWideHelp);
  command->callback([&chosen, arguments] { chosen = [arguments] { return leaderboard(*arguments); }; });
}

}  // namespace predcorr
