// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/files.hpp"
#include "core/kernel.hpp"
#include "datasets/catalogue.hpp"
#include "datasets/dataset_source.hpp"
#include "datasets/fetch.hpp"
#include "harness/commands.hpp"
#include "harness/completeness.hpp"
#include "harness/installation.hpp"
#include "harness/run_arguments.hpp"
#include "metrics/acquisition/criterion.hpp"
#include "metrics/learning_plan.hpp"
#include "metrics/metric.hpp"
#include "models/model.hpp"
#include "results/leaderboard.hpp"
#include "results/report.hpp"

namespace predcorr {
namespace {

struct LeaderboardArguments {
  std::vector<std::string> folders;
  std::string format = "table", out, references, data;
  std::optional<bool> recompute;
  bool partial = false;
};

int leaderboard(const LeaderboardArguments& arguments) {
  const std::vector<Store> stores = open_runs(arguments.folders, arguments.recompute, arguments.data);
  std::optional<ReferencePool> pool;
  if (!arguments.references.empty()) pool = ReferencePool::open(find_references(arguments.references));
  const OrderedJson board = make_leaderboard(stores, pool ? &*pool : nullptr);
  const std::string json = board.dump(1) + "\n", markdown = markdown_report(board);
  if (!arguments.out.empty()) {
    make_folder(arguments.out);
    write_text_atomically(std::filesystem::path(arguments.out) / "leaderboard.json", json);
    write_text_atomically(std::filesystem::path(arguments.out) / "leaderboard.md", markdown);
  }
  say("{}", arguments.format == "json" ? json : arguments.format == "markdown" ? markdown : terminal_report(board));
  return status_of(board, arguments.partial);
}

std::string fallback_text(const ParameterInfo& parameter) {
  return parameter.fallback.is_null() ? "must be given" : parameter.fallback == "" ? "none" : parameter.fallback.dump();
}

void list_parameters(const std::vector<ParameterInfo>& parameters) {
  for (const ParameterInfo& p : parameters)
    say("      {} = {}   {}{}: {}\n", p.name, fallback_text(p), p.type, p.allowed.empty() ? "" : ", " + p.allowed,
        p.meaning);
}

template <class Interface>
void list_registry(const char* title) {
  const auto& registry = Registry<Interface>::instance();
  say("{}\n", title);
  for (const std::string& name : registry.names()) {
    const auto& entry = registry.find(name);
    say("  {}: {}{}\n", name, entry.summary, entry.source.empty() ? "" : fmt::format(" [{}]", entry.source));
    try {
      list_parameters(entry.parameters());
    } catch (const Error& e) {  // one plug-in that cannot be described hides no other
      say("      its parameters cannot be listed: {}\n", e.what());
    }
  }
  say("\n");
}

int list(const std::string& what) {
  const auto wanted = [&](const char* name) { return what.empty() || what == name; };
  if (wanted("models")) list_registry<Model>("models");
  if (wanted("metrics")) {
    list_registry<Metric>("metrics of one prediction");
    list_registry<CrossMetric>("metrics of all models' predictions together");
  }
  if (wanted("criteria")) {
    list_registry<Criterion>("criteria of active learning");
    say("keys of a suite's \"active_learning\", beside \"criteria\", \"models\", \"predictors\", \"datasets\"\n");
    list_parameters(describe_parameters<LearningPlan>());
    say("\n");
  }
  if (wanted("datasets")) list_registry<DatasetSource>("data sets");
  if (wanted("kernels")) list_registry<Kernel>("kernels of Gaussian processes, and of data sets drawn from one");
  return kSuccess;
}

int fetch(const std::string& name) {
  std::vector<std::string> names = {name};
  if (name == "all") {
    names.clear();
    for (const auto& row : datasets::catalogue()) names.push_back(row.name);
  }
  for (const std::string& each : names) say("{}: {}\n", each, datasets::fetch(each).string());
  return kSuccess;
}

}  // namespace

void add_leaderboard_command(CLI::App& app, std::function<int()>& chosen) {
  auto arguments = std::make_shared<LeaderboardArguments>();
  CLI::App* command = app.add_subcommand("leaderboard", "Make one leaderboard of one or many run folders");
  command->add_option("folders", arguments->folders, "folders that 'run' wrote")->required();
  command->add_option("--format", arguments->format, "what to print: table, json or markdown")
      ->check(CLI::IsMember({"table", "json", "markdown"}));
  command->add_option("--references", arguments->references, kReferencesHelp);
  add_recompute_flags(*command, arguments->recompute);
  command->add_option("--data", arguments->data,
                      "folder with data files, to recompute by; before $PREDCORR_DATA and the download cache");
  command->add_option("--out", arguments->out, "also write leaderboard.json and leaderboard.md into this folder");
  command->add_flag("--partial", arguments->partial, kPartialHelp);
  command->callback([&chosen, arguments] { chosen = [arguments] { return leaderboard(*arguments); }; });
}

void add_list_command(CLI::App& app, std::function<int()>& chosen) {
  auto what = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("list", "Tell what there is, with every parameter, default, range and meaning");
  command->add_option("what", *what, "models, kernels, metrics, criteria or datasets (default: all)")
      ->check(CLI::IsMember({"models", "kernels", "metrics", "criteria", "datasets"}));
  command->callback([&chosen, what] { chosen = [what] { return list(*what); }; });
}

void add_fetch_command(CLI::App& app, std::function<int()>& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("fetch", "Download data sets into the cache and check their SHA-256");
  command->add_option("name", *name, "a data set's name, or 'all'")->required();
  command->callback([&chosen, name] { chosen = [name] { return fetch(*name); }; });
}

}  // namespace predcorr
