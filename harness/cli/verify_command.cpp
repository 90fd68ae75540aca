// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "datasets/fetch.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/run_arguments.hpp"
#include "harness/validation/verification.hpp"

namespace predcorr {
namespace {

struct VerifyArguments {
  std::string board, data;
  std::vector<std::string> rows;
  bool all = false;
  int threads = 0;
};

int verify(const VerifyArguments& arguments) {
  require(arguments.all != !arguments.rows.empty(), ErrorKind::config,
          "verify: say which rows to run again, --row LABEL (a model, or a data set), or --all");
  const Json board = read_json_file(arguments.board);
  finish_cells_when_interrupted();
  const Verification found =
      verify_board(board, arguments.board, {.rows = arguments.rows, .threads = arguments.threads},
                   datasets::data_folders(arguments.data));
  constexpr std::size_t kMostLines = 20;
  for (std::size_t i = 0; i < std::min(found.moved.size(), kMostLines); ++i) {
    const MovedValue& moved = found.moved[i];
    say("MOVED {} on {} seed {}: {} is {:.17g} in the board, {:.17g} now\n", moved.model, moved.dataset, moved.seed,
        moved.key.text(), moved.claimed, moved.remade);
  }
  if (found.moved.size() > kMostLines) say("and {} more\n", found.moved.size() - kMostLines);
  for (const std::string& line : found.not_remade) say("NOT REMADE {}\n", line);
  say("{} values agree in every bit", found.exact);
  if (!found.same_build)
    say(", {} more to {:g} of themselves, which is what another build can promise (the board's compiler, flags, "
        "instruction level or libraries are others)",
        found.close, found.tolerance);
  say("; {} moved.\n", found.moved.size());
  if (found.of_others > 0)
    say("{} values are of models by each other (XLL), for which all must run: --all.\n", found.of_others);
  if (found.exact + found.close + static_cast<int>(found.moved.size()) == 0) say("Nothing was there to verify.\n");
  return found.holds() ? kSuccess : kCellsFailed;
}

}  // namespace

void add_verify_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<VerifyArguments>();
  CLI::App* command = app.add_subcommand("verify", "Run cells of a leaderboard again and confirm its numbers");
  command->footer(examples(
      {"verify results/published/quick/leaderboard.json --row gp", "verify leaderboard.json --all --threads 8"}));
  command->add_option("board", a->board, "leaderboard.json")->required();
  command->add_option("--row", a->rows, "label of a model or a data set to run again; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--all", a->all, "run everything again, which also verifies scores of models by each other");
  command->add_option("--threads", a->threads, "cells at a time (default: one for each core)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--data", a->data, "folder with data files; before $PREDCORR_DATA and the download cache");
  command->callback([&chosen, a] { chosen = [a] { return verify(*a); }; });
}

}  // namespace predcorr
