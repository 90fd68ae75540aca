// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/base/text.hpp"
#include "datasets/fetch.hpp"
#include "harness/cli/commands.hpp"
#include "harness/suites/suite.hpp"
#include "harness/validation/acceptance.hpp"

namespace predcorr {
namespace {

struct AcceptArguments {
  std::string entry, suite, label, out, data;
  bool partial = false, self_reported = false;
};

int accept(const AcceptArguments& a) {
  const Acceptance row = accept_entry({.entry = a.entry,
                                       .suite = find_suite(a.suite),
                                       .data_folders = datasets::data_folders(a.data),
                                       .label = a.label,
                                       .out = a.out,
                                       .partial = a.partial,
                                       .self_reported = a.self_reported});
  for (const std::string& line : gap_lines(row.gaps)) note("{}\n", printable_line(line));
  for (const std::string& line : row.left_out) note("LEFT OUT {}\n", printable_line(line));
  for (const std::string& line : row.not_checked) note("NOT VERIFIED {}\n", printable_line(line));
  const AcceptedEntry& entry = row.row;
  say("{}: '{}' is {}: {} cells recomputed, {} as claimed, {} failed, {} missing. Join it with the board's runs:\n"
      "  predcorr leaderboard RUN {}\n",
      a.out, row.label, to_string(entry.state), entry.recomputed, entry.claimed, entry.failed, entry.missing, a.out);
  return kSuccess;
}

}  // namespace

void add_accept_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<AcceptArguments>();
  CLI::App* command =
      app.add_subcommand("accept", "Check an entry that was handed in, and make of it a row for a leaderboard");
  command->footer(examples({"accept mine-entry --suite quick --out accepted/mine",
                            "leaderboard results/runs/quick accepted/mine --out board"}));
  command->add_option("entry", a->entry, "folder that 'submit' wrote")->required();
  command->add_option("--suite", a->suite, "the board's suite: a file, or the name of a shipped one")->required();
  command->add_option("--out", a->out, "the new run folder with the row")->required();
  command->add_option("--as", a->label, "label of the row (default: the entry's own)");
  command->add_option("--data", a->data, "folder with data files; before $PREDCORR_DATA and the download cache");
  command->add_flag("--partial", a->partial, "accept an entry that lacks cells of the suite");
  command->add_flag("--self-reported", a->self_reported,
                    "accept cells whose scores cannot be computed from what was handed in");
  command->callback([&chosen, a] { chosen = [a] { return accept(*a); }; });
}

}  // namespace predcorr
