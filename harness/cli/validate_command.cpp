// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/base/files.hpp"
#include "core/base/interruption.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/run_arguments.hpp"
#include "harness/run_notices.hpp"
#include "harness/suites/installation.hpp"
#include "harness/validation/validation_report.hpp"

namespace predcorr {
namespace {

struct ValidateArguments {
  RunArguments run;
  std::string references, json;
  bool pilot = false;
};

int validate(const ValidateArguments& arguments) {
  const Suite suite = load_suite(arguments.run);
  std::optional<ReferencePool> pool;
  if (!arguments.references.empty()) pool = ReferencePool::open(find_references(arguments.references));
  const RunOptions options = read_run_options(arguments.run);
  Problems problems(suite);
  const Plan plan = plan_suite(suite, problems);
  if (pool) check_pool(*pool, plan);
  const std::optional<Store> store = Store::open_if_there(run_folder(arguments.run, suite), suite.name);
  SuiteValidation validation = validate_suite(suite, plan, problems, store ? &*store : nullptr, options);
  std::optional<AtomicFile> file;  // that it can be written is seen before a pilot, not after it
  if (!arguments.json.empty()) file.emplace(arguments.json);
  print_run_notices(suite, plan.datasets);
  if (arguments.pilot) {
    finish_cells_when_interrupted();
    run_pilot(validation, suite, options.quiet, interruption());
  }
  say("{}", validation_report(validation));
  if (file) {
    file->write(to_json(validation).dump(1) + "\n");
    file->put_in_place();
  }
  if (validation.pilot == SuiteValidation::PilotState::interrupted) return kInterrupted;
  return validation.failed() ? kCellsFailed : kSuccess;
}

}  // namespace

void add_validate_command(CLI::App& app, std::function<int()>& chosen) {
  auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command = app.add_subcommand(
      "validate",
      "Check a suite without running it: what it has to run and what of that is done; with --pilot, how "
      "long it takes");
  command->footer(examples({"validate my_suite.json", "validate my_suite.json --pilot --threads 8 --json plan.json"}));
  add_run_options(*command, arguments->run)->required();
  command->add_option("--references", arguments->references, kReferencesHelp);
  command->add_flag(
      "--pilot", arguments->pilot,
      "run one cell of each model and learning loop on each data set in a temporary folder, and tell what "
      "all take: hours, memory, disk");
  command->add_option("--json", arguments->json, "file for the same as JSON");
  command->callback([&chosen, arguments] { chosen = [arguments] { return validate(*arguments); }; });
}

}  // namespace predcorr
