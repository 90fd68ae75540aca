// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "core/base/files.hpp"
#include "datasets/fetch.hpp"
#include "harness/cli/check_subject.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/model_argument.hpp"
#include "results/store/provenance.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using conformance::Question;

constexpr const char* kArgument = "plugin";

struct CheckArguments {
  std::string plugin, kind, data, json;
  std::vector<std::string> only;
  std::uint64_t seed = 1;
};

struct Answer {
  const Question* question;
  conformance::CheckResult result;
};

std::vector<const Question*> chosen_questions(const std::vector<Question>& all, const std::vector<std::string>& only) {
  std::vector<std::string> known;
  for (const Question& question : all) known.push_back(question.name);
  for (const std::string& name : only)
    if (!contains(known, name)) fail(ErrorKind::config, "--only: unknown check '{}'{}", name, suggestion(name, known));
  std::vector<const Question*> chosen;
  for (const Question& question : all)
    if (only.empty() || contains(only, question.name)) chosen.push_back(&question);
  return chosen;
}

const char* word(conformance::Verdict verdict) {
  return verdict == conformance::Verdict::passed   ? "passed"
         : verdict == conformance::Verdict::failed ? "FAILED"
                                                   : "n.a.";
}

/// A line for each check as it is done. The name comes first: a plug-in that takes the program down with it, or never
/// comes back, is seen to do so in that check.
std::vector<Answer> ask(const std::vector<const Question*>& questions) {
  std::size_t width = 0;
  for (const Question* question : questions) width = std::max(width, question->name.size());
  std::vector<Answer> answers;
  for (const Question* question : questions) {
    say("  {:<{}}  ", question->name, width);
    std::fflush(stdout);
    const conformance::CheckResult& result = answers.emplace_back(Answer{question, question->ask()}).result;
    say("{}\n",
        result.detail.empty() ? word(result.verdict) : fmt::format("{:<6}  {}", word(result.verdict), result.detail));
  }
  return answers;
}

/// Advice once, with all checks that it is for.
void print_advice(const std::vector<Answer>& answers) {
  std::vector<std::string> said;
  for (const Answer& answer : answers) {
    const std::string& fix = answer.result.fix;
    if (answer.result.verdict != conformance::Verdict::failed || contains(said, fix)) continue;
    say("{}", said.empty() ? "\nTo fix\n" : "");
    said.push_back(fix);
    for (const Answer& other : answers)
      if (other.result.verdict == conformance::Verdict::failed && other.result.fix == fix)
        say("  {}: {}\n", other.question->name, other.question->asks);
    say("    {}\n", fix);
  }
}

OrderedJson report(const CheckSubject& subject, std::uint64_t seed, const std::vector<Answer>& answers) {
  OrderedJson checks = OrderedJson::array();
  std::map<conformance::Verdict, int> counts;
  for (const auto& [question, result] : answers) {
    OrderedJson entry = {{"name", question->name},
                         {"asks", question->asks},
                         {"outcome", conformance::to_string(result.verdict)},
                         {"detail", result.detail}};
    if (result.verdict == conformance::Verdict::failed) entry["fix"] = result.fix;
    checks.push_back(std::move(entry));
    ++counts[result.verdict];
  }
  return {{"schema", "predcorr/check/1"},
          {subject.kind, {{subject.kind, subject.name}, {"parameters", subject.parameters}}},
          {"seed", seed},
          {"passed", counts[conformance::Verdict::passed]},
          {"failed", counts[conformance::Verdict::failed]},
          {"not_applicable", counts[conformance::Verdict::not_applicable]},
          {"checks", std::move(checks)},
          {"provenance", provenance()}};
}

int check(const CheckArguments& a) {
  // Messages about a file name it; all others name the argument.
  const std::string path = a.plugin.ends_with(".json") ? a.plugin : kArgument;
  std::vector<fs::path> folders = datasets::data_folders(a.data);
  folders.insert(folders.begin(), ".");
  const CheckSubject subject = check_subject({read_json_argument(a.plugin, kArgument), folder_of_argument(a.plugin)},
                                             a.kind, path, a.seed, folders);
  const std::vector<const Question*> questions = chosen_questions(subject.questions, a.only);
  const fs::path folder = fs::path(a.json).parent_path();
  require(folder.empty() || fs::is_directory(folder), ErrorKind::io, "--json {}: there is no folder '{}'", a.json,
          folder.string());  // before the work, which would be lost
  say("{}, seed {}\n", subject.kind == "model" ? subject.name : subject.kind + " " + subject.name, a.seed);
  const std::vector<Answer> answers = ask(questions);
  print_advice(answers);
  const OrderedJson json = report(subject, a.seed, answers);
  if (!a.json.empty()) write_text_atomically(a.json, json.dump(1) + "\n");
  say("\n{} passed, {} failed, {} not applicable\n", json.at("passed").get<int>(), json.at("failed").get<int>(),
      json.at("not_applicable").get<int>());
  return json.at("failed") == 0 ? kSuccess : kCellsFailed;
}

}  // namespace

void add_check_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand(
      "check",
      "Does a model, metric, criterion, kernel or data set keep the rules that the benchmark relies on? A table, and "
      "what to fix where it does not");
  command
      ->add_option(
          "plugin", a->plugin,
          "name (see 'list'), {\"model\": ..., \"parameters\": ...} (or \"metric\", \"criterion\", \"kernel\", "
          "\"dataset\") or its file. A model is fitted some 30 times to 36 rows or fewer: give a slow model "
          "small budgets (epochs, draws, members)")
      ->required();
  command->add_option("--kind", a->kind, "of the plug-in, where its name is one of several kinds (the first: model)")
      ->check(CLI::IsMember(check_kinds()));
  command->add_option("--data", a->data, "folder with data files; before $PREDCORR_DATA and the download cache");
  command->add_option("--seed", a->seed, "of fits and data")->check(CLI::NonNegativeNumber)->capture_default_str();
  command->add_option("--only", a->only, "ask this alone; may be repeated")->allow_extra_args(false);
  command->add_option("--json", a->json, "also write the outcome to this file");
  std::string all;
  for (const std::string& kind : check_kinds()) all += fmt::format("Checks of a {}:\n{}", kind, list_of_checks(kind));
  command->footer(all + "Exit status: 0 all passed, 1 some failed, 2 bad input.\n" +
                  examples({"check gp", "check '{\"model\": \"bbb\", \"parameters\": {\"epochs\": 20}}'"}));
  command->callback([&chosen, a] { chosen = [a] { return check(*a); }; });
}

}  // namespace predcorr
