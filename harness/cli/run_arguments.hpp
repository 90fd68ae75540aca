// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/runner.hpp"
#include "results/frozen_pools/reference_pool.hpp"
#include "results/store/store.hpp"

namespace predcorr {

/// What the commands that run a suite are told.
struct RunArguments {
  std::string suite, data, out, seeds, shard, keep = "predictions";
  RunOptions options;
};

inline constexpr const char* kWideHelp = "show every column, however wide the table becomes";

/// Adds the options of `run` to a command. @param arguments must live as long as the command  @return the suite's
CLI::Option* add_run_options(CLI::App& command, RunArguments& arguments);

/// The suite that is meant, with seeds and folders as told. @throws Error (config, io)
Suite load_suite(const RunArguments& arguments);

/// Its options with --shard and --keep read. @throws Error (config)
RunOptions read_run_options(const RunArguments& arguments);

/// The run folder that is meant.
std::filesystem::path run_folder(const RunArguments& arguments, const Suite& suite);

/// From now on Ctrl-C sets `interruption()` in place of ending the program; a second one ends it.
void finish_cells_when_interrupted();

/// Finds other data under one of a pool's labels before the work, not after it. @throws Error (data)
void check_pool(const ReferencePool& pool, const Plan& plan);

/// Runs it, or goes on with it. Ctrl-C lets running cells finish, and ends external models.
/// @param check looks at the plan before anything runs, and throws to refuse it
struct FinishedRun {
  Store store;
  RunSummary summary;
};
FinishedRun execute(const RunArguments& arguments, const Suite& suite,
                    const std::function<void(const Plan&)>& check = {});

/// Adds --recompute and --no-recompute. @param wanted must live as long as the command
void add_recompute_flags(CLI::App& command, std::optional<bool>& wanted);

/// Opens run folders for reading. Where it is wanted, scores are computed anew from the stored predictions, and records
/// that claim others count as damaged; by default where several folders are given, since some of them may be somebody
/// else's.  @param data folder with data files, empty for none  @throws Error (io, config)
std::vector<Store> open_runs(const std::vector<std::string>& folders, std::optional<bool> recompute,
                             const std::string& data);

/// "12 cells done, 1 failed. FILE" and what to do next.
std::string summary_line(const RunSummary& summary, const std::filesystem::path& file);

/// The program's exit status after a run.
int exit_status(const RunSummary& summary);

}  // namespace predcorr
