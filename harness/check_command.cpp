// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "core/files.hpp"
#include "harness/commands.hpp"
#include "harness/model_argument.hpp"
#include "models/conformance/conformance.hpp"
#include "results/provenance.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using conformance::Check;
using conformance::Outcome;
using conformance::Verdict;

struct CheckArguments {
  std::string model, json;
  std::vector<std::string> only;
  std::uint64_t seed = 1;
};

struct Answer {
  const Check* check;
  Outcome outcome;
};

std::vector<const Check*> chosen_checks(const std::vector<std::string>& only) {
  std::vector<std::string> known;
  for (const Check& check : conformance::all_checks()) known.push_back(check.name);
  for (const std::string& name : only)
    if (!contains(known, name)) fail(ErrorKind::config, "--only: unknown check '{}'{}", name, suggestion(name, known));
  std::vector<const Check*> chosen;
  for (const Check& check : conformance::all_checks())
    if (only.empty() || contains(only, check.name)) chosen.push_back(&check);
  return chosen;
}

const char* word(Verdict verdict) {
  return verdict == Verdict::passed ? "passed" : verdict == Verdict::failed ? "FAILED" : "n.a.";
}

/// A line for each check as it is done. The name comes first: a model that takes the program down with it, or never
/// comes back, is seen to do so in that check.
std::vector<Answer> ask(const std::vector<const Check*>& checks, conformance::Trial& trial) {
  std::size_t width = 0;
  for (const Check* check : checks) width = std::max(width, check->name.size());
  std::vector<Answer> answers;
  for (const Check* check : checks) {
    say("  {:<{}}  ", check->name, width);
    std::fflush(stdout);
    const Outcome& outcome = answers.emplace_back(Answer{check, conformance::run(*check, trial)}).outcome;
    say("{}\n", outcome.detail.empty() ? word(outcome.verdict)
                                       : fmt::format("{:<6}  {}", word(outcome.verdict), outcome.detail));
  }
  return answers;
}

/// Advice once, with all checks that it is for.
void print_advice(const std::vector<Answer>& answers) {
  std::vector<std::string> said;
  for (const Answer& answer : answers) {
    const std::string& fix = answer.outcome.fix;
    if (answer.outcome.verdict != Verdict::failed || contains(said, fix)) continue;
    say("{}", said.empty() ? "\nTo fix\n" : "");
    said.push_back(fix);
    for (const Answer& other : answers)
      if (other.outcome.verdict == Verdict::failed && other.outcome.fix == fix)
        say("  {}: {}\n", other.check->name, other.check->asks);
    say("    {}\n", fix);
  }
}

OrderedJson report(const Configured<Model>& model, std::uint64_t seed, const std::vector<Answer>& answers) {
  OrderedJson checks = OrderedJson::array();
  std::map<Verdict, int> counts;
  for (const auto& [check, outcome] : answers) {
    OrderedJson entry = {{"name", check->name},
                         {"asks", check->asks},
                         {"outcome", conformance::to_string(outcome.verdict)},
                         {"detail", outcome.detail}};
    if (outcome.verdict == Verdict::failed) entry["fix"] = outcome.fix;
    checks.push_back(std::move(entry));
    ++counts[outcome.verdict];
  }
  return {{"schema", "predcorr/check/1"},
          {"model", {{"model", model.name}, {"parameters", model.parameters}}},
          {"seed", seed},
          {"passed", counts[Verdict::passed]},
          {"failed", counts[Verdict::failed]},
          {"not_applicable", counts[Verdict::not_applicable]},
          {"checks", std::move(checks)},
          {"provenance", provenance()}};
}

int check(const CheckArguments& a) {
  const std::vector<const Check*> checks = chosen_checks(a.only);
  const ReadingFolder beside_model = folder_of_model_argument(a.model);
  const Configured<Model> model = Registry<Model>::instance().make(read_model_argument(a.model, "MODEL"), "MODEL");
  const fs::path folder = fs::path(a.json).parent_path();
  require(folder.empty() || fs::is_directory(folder), ErrorKind::io, "--json {}: there is no folder '{}'", a.json,
          folder.string());  // before the work, which would be lost
  conformance::Trial trial(*model.object, a.seed);
  say("{}, seed {}\n", model.name, a.seed);
  const std::vector<Answer> answers = ask(checks, trial);
  print_advice(answers);
  const OrderedJson json = report(model, a.seed, answers);
  if (!a.json.empty()) write_text_atomically(a.json, json.dump(1) + "\n");
  say("\n{} passed, {} failed, {} not applicable\n", json.at("passed").get<int>(), json.at("failed").get<int>(),
      json.at("not_applicable").get<int>());
  return json.at("failed") == 0 ? kSuccess : kCellsFailed;
}

}  // namespace

void add_check_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand(
      "check", "Does a model keep the rules that the benchmark relies on? A table, and what to fix where it does not");
  command
      ->add_option("model", a->model,
                   "name (see 'list models'), {\"model\": ..., \"parameters\": ...} or its file. It is fitted some 30 "
                   "times to 36 rows or fewer: give a slow model small budgets (epochs, draws, members)")
      ->required();
  command->add_option("--seed", a->seed, "of all fits")->check(CLI::NonNegativeNumber)->capture_default_str();
  command->add_option("--only", a->only, "ask this alone; may be repeated")->allow_extra_args(false);
  command->add_option("--json", a->json, "also write the outcome to this file");
  std::string all = "Checks:\n";
  for (const Check& each : conformance::all_checks()) all += fmt::format("  {:<24}{}\n", each.name, each.asks);
  command->footer(all + "Exit status: 0 all passed, 1 some failed, 2 bad input.");
  command->callback([&chosen, a] { chosen = [a] { return check(*a); }; });
}

}  // namespace predcorr
