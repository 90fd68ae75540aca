// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "core/base/json.hpp"
#include "core/kernels/kernel.hpp"
#include "datasets/dataset_source.hpp"
#include "harness/cli/commands.hpp"
#include "harness/suites/installation.hpp"
#include "metrics/active_learning/criterion.hpp"
#include "metrics/active_learning/learning_options.hpp"
#include "metrics/metric.hpp"
#include "models/bnn/images/description.hpp"
#include "models/model.hpp"

namespace predcorr {
namespace {

/// Plug-ins of one kind as a user asks for them.
struct Kind {
  const char* word;
  const char* title;
  const PluginTable* table;
  std::vector<ScoreInfo> (*scores)(const std::string& name) = nullptr;  ///< of metrics
};

/// What a metric gives with its defaults; nothing where it cannot be made.
template <class M>
std::vector<ScoreInfo> scores_of(const std::string& name) {
  try {
    return described(*Registry<M>::instance().make({.name = name}, name).object);
  } catch (const Error&) {  // said where it is used
    return {};
  }
}

std::vector<Kind> kinds() {
  return {{"models", "models", &Registry<Model>::instance()},
          {"kernels", "kernels of Gaussian processes, and of data sets drawn from one", &Registry<Kernel>::instance()},
          {"metrics", "metrics of one prediction", &Registry<Metric>::instance(), &scores_of<Metric>},
          {"metrics", "metrics of all models' predictions together", &Registry<CrossMetric>::instance(),
           &scores_of<CrossMetric>},
          {"criteria", "criteria of active learning", &Registry<Criterion>::instance()},
          {"datasets", "data sets", &Registry<DatasetSource>::instance()}};
}

using models::NetworkDescription;

constexpr const char* kLearning = "active_learning";

std::string fallback_text(const ParameterInfo& parameter) {
  return parameter.default_value.is_null() ? "must be given"
         : parameter.default_value == ""   ? "none"
                                           : parameter.default_value.dump();
}

void list_parameters(const std::vector<ParameterInfo>& parameters) {
  for (const ParameterInfo& p : parameters)
    say("      {} = {}   {}{}: {}\n", p.name, fallback_text(p), p.type, p.allowed.empty() ? "" : ", " + p.allowed,
        p.meaning);
}

/// " (r mean, r std)": the heads of a metric's columns.
std::string heads_of(const Kind& kind, const std::string& name) {
  if (kind.scores == nullptr) return "";
  std::vector<std::string> heads;
  for (const ScoreInfo& score : kind.scores(name))
    if (!score.head.empty()) heads.push_back(score.head);
  return heads.empty() ? "" : fmt::format(" ({})", comma_list(heads));
}

/// A line for each score of a metric: what suites call it under "columns", its head, unit, direction and meaning.
void list_scores(const std::vector<ScoreInfo>& scores) {
  for (const ScoreInfo& score : scores) {
    std::vector<std::string> facts;
    if (!score.head.empty()) facts.push_back(fmt::format("head \"{}\"", score.head));
    if (!score.unit.empty()) facts.push_back(score.unit);
    if (score.direction != Direction::none) facts.push_back(fmt::format("{} is better", to_string(score.direction)));
    say("      score {}{}: {}\n", score.key().text(), facts.empty() ? "" : fmt::format(" ({})", comma_list(facts)),
        score.meaning);
  }
}

void list_whole(const Kind& kind, const std::string& name) {
  const RegistryEntry& entry = kind.table->find(name);
  say("  {}: {}{}\n", entry.name, entry.summary, entry.source.empty() ? "" : fmt::format(" [{}]", entry.source));
  if (kind.scores != nullptr) list_scores(kind.scores(name));
  try {
    list_parameters(entry.parameters());
  } catch (const Error& e) {  // one plug-in that cannot be described hides no other
    say("      its parameters cannot be listed: {}\n", e.what());
  }
}

/// A line for each plug-in.
void list_overview(const Kind& kind) {
  say("{}\n", kind.title);
  std::size_t width = 0;
  for (const std::string& name : kind.table->names()) width = std::max(width, name.size());
  for (const std::string& name : kind.table->names())
    say("  {:<{}}  {}{}\n", name, width, kind.table->find(name).summary, heads_of(kind, name));
  say("\n");
}

void list_learning() {
  say("keys of a suite's \"active_learning\", beside \"criteria\", \"models\", \"predictors\", \"datasets\"\n");
  list_parameters(describe_parameters<LearningOptions>());
  say("\n");
}

void list_suites() {
  std::set<std::string> listed;
  say("suites that come with predcorr\n");
  for (const std::filesystem::path& folder : shipped_suite_folders()) {
    if (!std::filesystem::is_directory(folder)) continue;
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".json") files.insert(entry.path());
    for (const std::filesystem::path& file : files)
      if (listed.insert(file.stem().string()).second)
        say("  {}: {}\n", file.stem().string(), read_json_file(file).value("description", ""));
  }
  say("\n");
}

/// What names of networks on images stand for, on images of 28 x 28.
void list_network(const std::string& name) {
  const NetworkDescription network{Json(name)};
  const auto layers = network.build({28, 28, 1}, models::Activation::relu, false);
  say("  {}: {}", name, shapes_of(*layers));
  for (const int units : network.dense()) say("; dense: {}", units);
  say("\n      {} weights before the first dense layer; as a list: {}\n", layers->parameter_count(),
      NetworkDescription::list_of(name).dump());
}

void list_networks() {
  say("networks on images, which models with a parameter 'network' take (docs/networks.md)\n");
  for (const std::string& name : NetworkDescription::names()) list_network(name);
  say("\n");
}

/// Every plug-in of that name, whatever its kind, with its parameters.
int list_named(const std::string& name) {
  std::vector<std::string> known = {"all", "suites", "networks", kLearning};
  bool found = false;
  for (const Kind& kind : kinds()) {
    if (!contains(known, kind.word)) known.insert(known.begin(), kind.word);
    if (!kind.table->contains(name)) continue;
    found = true;
    say("{}\n", kind.title);
    list_whole(kind, name);
    say("\n");
  }
  for (const std::string& network : NetworkDescription::names()) {
    if (network == name) list_network(name);
    found = found || network == name;
    known.push_back(network);
  }
  for (const Kind& kind : kinds())
    for (const std::string& plugin : kind.table->names()) known.push_back(plugin);
  require(found, ErrorKind::config, "nothing to list is called '{}'{}", name, suggestion(name, known));
  return kSuccess;
}

int list(const std::string& what) {
  bool found = what.empty() || what == "all" || what == "suites" || what == "networks" || what == kLearning;
  for (const Kind& kind : kinds()) {
    if (what == "all") {
      say("{}\n", kind.title);
      for (const std::string& name : kind.table->names()) list_whole(kind, name);
      say("\n");
    } else if (what.empty() || what == kind.word) {
      found = true;
      list_overview(kind);
    }
  }
  if (!found) return list_named(what);
  if (what == "all" || what == kLearning || what == "criteria") list_learning();
  if (what == "all" || what == "networks") list_networks();
  if (what.empty() || what == "all" || what == "suites") list_suites();
  if (what.empty())
    say("'predcorr list NAME' tells one of them with its parameters, 'predcorr list all' all of them\n");
  return kSuccess;
}

}  // namespace

void add_list_command(CLI::App& app, std::function<int()>& chosen) {
  auto what = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "list", "Tell what there is: a line each, or one of them with every parameter, default, range and meaning");
  command->footer(examples({"list models", "list gp"}));
  command->add_option(
      "what", *what,
      "a model's, kernel's, metric's, criterion's or data set's name; models, kernels, metrics, "
      "criteria, datasets, networks, suites, active_learning; or all, with parameters (default: an overview)");
  command->callback([&chosen, what] { chosen = [what] { return list(*what); }; });
}

}  // namespace predcorr
