// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <initializer_list>
#include <string>

#include "harness/output.hpp"

namespace predcorr {

/// Exit statuses of the program, as docs/suites.md lists them. Cells that are planned and have no result count as
/// failed, where a command reads runs and is not told --partial.
inline constexpr int kSuccess = 0, kCellsFailed = 1, kBadInput = 2, kInterrupted = 130;

inline constexpr const char* kReferencesHelp =
    "frozen references for XLL and XLLR: NAME-vVERSION or a folder that 'freeze' wrote (default: the run's own models)";

/// What stands below a command's options in its help: ways to call it.
std::string examples(std::initializer_list<const char*> lines);

/// Each adds one subcommand; `run` is set to what it does, which returns the exit status.
void add_validate_command(CLI::App& app, std::function<int()>& run);
void add_run_command(CLI::App& app, std::function<int()>& run);
void add_calibrate_command(CLI::App& app, std::function<int()>& run);
void add_freeze_command(CLI::App& app, std::function<int()>& run);
void add_validity_command(CLI::App& app, std::function<int()>& run);
void add_score_command(CLI::App& app, std::function<int()>& run);
void add_diagnostics_command(CLI::App& app, std::function<int()>& run);
void add_export_command(CLI::App& app, std::function<int()>& run);
void add_check_command(CLI::App& app, std::function<int()>& run);
void add_leaderboard_command(CLI::App& app, std::function<int()>& run);
void add_compare_command(CLI::App& app, std::function<int()>& run);
void add_verify_command(CLI::App& app, std::function<int()>& run);
void add_submit_command(CLI::App& app, std::function<int()>& run);
void add_accept_command(CLI::App& app, std::function<int()>& run);
void add_list_command(CLI::App& app, std::function<int()>& run);
void add_fetch_command(CLI::App& app, std::function<int()>& run);

}  // namespace predcorr
