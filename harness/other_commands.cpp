// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/files.hpp"
#include "datasets/catalogue.hpp"
#include "datasets/fetch.hpp"
#include "harness/commands.hpp"
#include "harness/completeness.hpp"
#include "harness/installation.hpp"
#include "harness/run_arguments.hpp"
#include "results/leaderboard.hpp"
#include "results/report.hpp"

namespace predcorr {
namespace {

struct LeaderboardArguments {
  std::vector<std::string> folders;
  std::string format = "table", out, references, data;
  std::optional<bool> recompute;
  bool partial = false;
};

int leaderboard(const LeaderboardArguments& arguments) {
  const std::vector<Store> stores = open_runs(arguments.folders, arguments.recompute, arguments.data);
  std::optional<ReferencePool> pool;
  if (!arguments.references.empty()) pool = ReferencePool::open(find_references(arguments.references));
  const OrderedJson board = make_leaderboard(stores, pool ? &*pool : nullptr);
  const std::string json = board.dump(1) + "\n", markdown = markdown_report(board);
  if (!arguments.out.empty()) {
    make_folder(arguments.out);
    write_text_atomically(std::filesystem::path(arguments.out) / "leaderboard.json", json);
    write_text_atomically(std::filesystem::path(arguments.out) / "leaderboard.md", markdown);
  }
  say("{}", arguments.format == "json" ? json : arguments.format == "markdown" ? markdown : terminal_report(board));
  return status_of(board, arguments.partial);
}

int fetch(const std::string& name) {
  std::vector<std::string> names = {name};
  if (name == "all") {
    names.clear();
    for (const auto& row : datasets::catalogue()) names.push_back(row.name);
  }
  for (const std::string& each : names) say("{}: {}\n", each, datasets::fetch(each).string());
  return kSuccess;
}

}  // namespace

void add_leaderboard_command(CLI::App& app, std::function<int()>& chosen) {
  auto arguments = std::make_shared<LeaderboardArguments>();
  CLI::App* command = app.add_subcommand("leaderboard", "Make one leaderboard of one or many run folders");
  command->footer(
      examples({"leaderboard shard-1 shard-2 --out joined", "leaderboard results/runs/quick --format markdown"}));
  command->add_option("folders", arguments->folders, "folders that 'run' wrote")->required();
  command->add_option("--format", arguments->format, "what to print: table, json or markdown")
      ->check(CLI::IsMember({"table", "json", "markdown"}));
  command->add_option("--references", arguments->references, kReferencesHelp);
  add_recompute_flags(*command, arguments->recompute);
  command->add_option("--data", arguments->data,
                      "folder with data files, to recompute by; before $PREDCORR_DATA and the download cache");
  command->add_option("--out", arguments->out, "also write leaderboard.json and leaderboard.md into this folder");
  command->add_flag("--partial", arguments->partial, kPartialHelp);
  command->callback([&chosen, arguments] { chosen = [arguments] { return leaderboard(*arguments); }; });
}

void add_fetch_command(CLI::App& app, std::function<int()>& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("fetch", "Download data sets into the cache and check their SHA-256");
  command->footer(examples({"fetch all", "fetch concrete"}));
  command->add_option("name", *name, "a data set's name, or 'all'")->required();
  command->callback([&chosen, name] { chosen = [name] { return fetch(*name); }; });
}

}  // namespace predcorr
