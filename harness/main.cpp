// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/error.hpp"
#include "core/names.hpp"
#include "harness/commands.hpp"
#include "harness/plugin.hpp"
#include "results/provenance.hpp"

int main(int count, char** arguments) {
  using namespace predcorr;
  CLI::App app("predcorr measures how well regression models know which of their predictions are wrong together.");
  app.set_version_flag("--version", fmt::format("predcorr {} ({})", version(), commit()));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  std::vector<std::string> plugins;
  app.add_option("--plugin", plugins, "shared library with models, metrics, ... to load first; may be repeated")
      ->allow_extra_args(false);
  app.fallthrough();  // so that it may stand behind the command, too
  std::function<int()> chosen;
  add_run_command(app, chosen);
  add_calibrate_command(app, chosen);
  add_validate_command(app, chosen);
  add_freeze_command(app, chosen);
  add_score_command(app, chosen);
  add_export_command(app, chosen);
  add_check_command(app, chosen);
  add_leaderboard_command(app, chosen);
  add_list_command(app, chosen);
  add_fetch_command(app, chosen);
  try {
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
    // CLI11 would only say that a subcommand is missing.
    if (count > 1 && arguments[1][0] != '-' && std::find(known.begin(), known.end(), arguments[1]) == known.end())
      fail(ErrorKind::config, "unknown command '{}'{}", arguments[1], suggestion(arguments[1], known));
    app.parse(count, arguments);
    for (const std::string& plugin : plugins) load_plugin(plugin);
    return chosen();
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kSuccess : kBadInput;
  } catch (const Error& e) {
    fmt::print(stderr, "predcorr: {}\n", e.what());
    return kBadInput;
  } catch (const std::exception& e) {
    fmt::print(stderr, "predcorr: unexpected error: {}\n", e.what());
    return kBadInput;
  } catch (...) {  // a plug-in may throw anything
    fmt::print(stderr, "predcorr: unexpected error: something was thrown that is no std::exception\n");
    return kBadInput;
  }
}
