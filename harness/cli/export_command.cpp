// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "core/base/text.hpp"
#include "datasets/fetch.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/completeness.hpp"
#include "harness/export.hpp"
#include "harness/suites/suite.hpp"

namespace predcorr {
namespace {

struct ExportArguments {
  std::string folder, out, seeds, data;
  std::vector<std::string> only;
  bool partial = false;
};

/// What was asked for and has no prediction.
RunGaps problems_missing(const Store& store, const ExportOptions& options) {
  const std::vector<Store> stores = {store};
  const RunIndex records = index_runs(stores);
  const auto asked = [&](const std::vector<std::string>& known, const std::string& label) {
    const auto named = [&](const std::string& other) { return contains(options.only, other); };
    return contains(options.only, label) || std::none_of(known.begin(), known.end(), named);
  };
  return regression_gaps(records, [&](const PlanEntry& entry, std::uint64_t seed) {
    return asked(records.models, entry.model) && asked(records.datasets, entry.dataset) &&
           (!options.seeds || std::count(options.seeds->begin(), options.seeds->end(), seed) > 0);
  });
}

int export_cells(const ExportArguments& a) {
  const Store store = Store::open_for_reading(a.folder);
  ExportOptions options{.only = a.only, .seeds = std::nullopt, .data_folders = datasets::data_folders(a.data)};
  if (!a.seeds.empty()) options.seeds = read_seeds(Json(a.seeds), "--seeds");
  const std::filesystem::path out =
      a.out.empty() ? std::filesystem::path(a.folder) / "export" : std::filesystem::path(a.out);
  const std::vector<ExportedProblem> problems = export_run(store, out, options);
  std::set<std::string> in_part;
  for (const ExportedProblem& problem : problems) {
    in_part.insert(problem.in_part.begin(), problem.in_part.end());
    say("{}: problem.npz", problem.folder.string());
    for (const auto& [label, file] : problem.predictions)
      say(", {}{}", file, label + ".npz" == file ? "" : fmt::format(" ({})", label));
    say("\n");
    if (!problem.without_data.empty())
      note("{}: without the inputs x, since its data cannot be made again: {}\n", problem.folder.string(),
           problem.without_data);
  }
  if (!in_part.empty())
    note(
        "The run did not keep all of: {}. Covariances between pool points are NaN, or the pool is left out (of "
        "controls); for picks from the pool run the suite again with --keep all.\n",
        comma_list({in_part.begin(), in_part.end()}));
  return status_of(problems_missing(store, options), a.partial, true);
}

}  // namespace

void add_export_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<ExportArguments>();
  CLI::App* command =
      app.add_subcommand("export", "Write a run's predictions as .npz files for notebooks and 'predcorr score'");
  command->footer(
      examples({"export results/runs/quick", "export results/runs/quick --only gp --seeds 1..3 --out exported"}));
  command->add_option("folder", a->folder, "folder that 'run' wrote")->required();
  command->add_option("--out", a->out, "folder for DATASET/seed-1/problem.npz and LABEL.npz (default: FOLDER/export)");
  command->add_option("--only", a->only, "only this model or data set, by label; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--seeds", a->seeds, "such as 1..10, or 3 for the one seed 3 (default: all)");
  command->add_option(
      "--data", a->data,
      "folder with data files; they are looked for beside the suite, here, in $PREDCORR_DATA and the cache");
  command->add_flag("--partial", a->partial, kPartialHelp);
  command->callback([&chosen, a] { chosen = [a] { return export_cells(*a); }; });
}

}  // namespace predcorr
