// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "datasets/catalogue.hpp"
#include "datasets/fetch.hpp"
#include "harness/cli/commands.hpp"

namespace predcorr {
namespace {

int fetch(const std::string& name) {
  std::vector<std::string> names = {name};
  if (name == "all") {
    names.clear();
    for (const auto& data : datasets::fetched_data()) names.push_back(data.name);
  }
  for (const std::string& each : names)
    for (const auto& file : datasets::fetch(each)) say("{}: {}\n", each, file.string());
  return kSuccess;
}

}  // namespace

void add_fetch_command(CLI::App& app, std::function<int()>& chosen) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("fetch", "Download data sets into the cache and check their SHA-256");
  command->footer(examples({"fetch all", "fetch concrete"}));
  command->add_option("name", *name, "a data set's name, or 'all'")->required();
  command->callback([&chosen, name] { chosen = [name] { return fetch(*name); }; });
}

}  // namespace predcorr
