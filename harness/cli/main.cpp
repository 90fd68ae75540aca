// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <new>
#include <sstream>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "harness/cli/commands.hpp"
#include "harness/output.hpp"
#include "harness/plugin_loader.hpp"
#include "results/store/provenance.hpp"

namespace predcorr {
namespace {

/// An empty text is a variable of a script that was never set, not a wish for the default. Columns may have no name.
void refuse_empty_values(CLI::App& app) {
  const std::vector<std::string> columns = {"--target", "--drop", "--group"};
  std::vector<CLI::App*> commands = app.get_subcommands({});
  commands.push_back(&app);
  for (CLI::App* command : commands)
    for (CLI::Option* option : command->get_options())
      if (!contains(columns, option->get_name()))
        option->check([](const std::string& value) { return std::string(value.empty() ? "must not be empty" : ""); });
}

int run(int count, char** arguments) {
  CLI::App app("predcorr measures how well regression models know which of their predictions are wrong together.");
  app.set_version_flag("--version", fmt::format("predcorr {} ({})", version(), commit()));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  std::vector<std::string> plugins;
  app.add_option("--plugin", plugins, "shared library with models, metrics, ... to load first; may be repeated")
      ->allow_extra_args(false);
  app.fallthrough();  // so that it may stand behind the command, too
  std::function<int()> chosen;
  add_list_command(app, chosen);  // in the order of use
  add_fetch_command(app, chosen);
  add_validate_command(app, chosen);
  add_run_command(app, chosen);
  add_leaderboard_command(app, chosen);
  add_compare_command(app, chosen);
  add_verify_command(app, chosen);
  add_submit_command(app, chosen);
  add_accept_command(app, chosen);
  add_calibrate_command(app, chosen);
  add_check_command(app, chosen);
  add_score_command(app, chosen);
  add_diagnostics_command(app, chosen);
  add_export_command(app, chosen);
  add_freeze_command(app, chosen);
  add_validity_command(app, chosen);
  refuse_empty_values(app);
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
    std::ostringstream out, complaint;
    const int status = app.exit(e, out, complaint);
    print_text(out.str());
    print_note(complaint.str());
    return status == 0 ? kSuccess : kBadInput;
  } catch (const Error& e) {
    note("predcorr: {}\n", shortened(e.what(), kLongestMessage));
    return kBadInput;
  } catch (const std::bad_alloc&) {
    note("predcorr: not enough memory\n");
    return kBadInput;
  } catch (const std::exception& e) {
    note("predcorr: unexpected error: {}\n", shortened(e.what(), kLongestMessage));
    return kBadInput;
  } catch (...) {  // a plug-in may throw anything
    note("predcorr: unexpected error: something was thrown that is no std::exception\n");
    return kBadInput;
  }
}

}  // namespace
std::string examples(std::initializer_list<const char*> lines) {
  std::string text = "Examples:";
  for (const char* line : lines) text += fmt::format("\n  predcorr {}", line);
  return text;
}

}  // namespace predcorr

int main(int count, char** arguments) {
  predcorr::prepare_standard_streams();
  return predcorr::finish_output(predcorr::run(count, arguments));
}
