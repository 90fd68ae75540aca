// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/text.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/completeness.hpp"
#include "harness/suites/suite.hpp"
#include "results/frozen_pools/freeze_references.hpp"
#include "results/frozen_pools/reference_pool.hpp"

namespace predcorr {
namespace {

struct FreezeArguments {
  std::vector<std::string> folders;
  std::string seeds, out = "results/references";
  bool full_precision = false, partial = false;
  FreezeRequest request;
};

int freeze(FreezeArguments a) {
  std::vector<Store> stores;
  for (const std::string& folder : a.folders) stores.push_back(Store::open_for_reading(folder));
  if (!a.seeds.empty()) a.request.seeds = read_seeds(Json(a.seeds), "--seeds");
  a.request.out = a.out;
  if (a.full_precision) a.request.precision = Precision::full;
  // Before the work: a version of a pool never changes, so one that lacks a shard would lack it for good.
  const RunGaps gaps = missing_references(stores, a.request);
  if (const int status = status_of(gaps, a.partial, true); status != kSuccess) return status;
  const std::filesystem::path folder = freeze_references(stores, a.request);
  const ReferencePool pool = ReferencePool::open(folder);
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) bytes += entry.file_size();
  say("{}: {}, {:.2f} MB, pool.json has SHA-256 {}\n", folder.string(), comma_list(pool.models()),
      static_cast<double>(bytes) / 1e6, pool.sha256());
  return kSuccess;
}

}  // namespace

void add_freeze_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<FreezeArguments>();
  CLI::App* command = app.add_subcommand(
      "freeze", "Store the test predictions of some models as references that others can be scored against");
  command->footer(
      examples({"freeze results/runs/quick --models gp,nngp --name mine --version 1",
                "freeze shard-1 shard-2 --models gp --datasets toy-3 --seeds 1..5 --name toy --version 2"}));
  command->add_option("folders", a->folders, "folders that 'run' wrote")->required();
  command->add_option("--models", a->request.models, "labels, with commas between; may be repeated")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--name", a->request.name, "of the pool")->required();
  command->add_option("--version", a->request.version, "of the pool; one that exists is never changed")->required();
  command->add_option("--out", a->out, "where the folder NAME-vVERSION is made")->capture_default_str();
  command
      ->add_option("--datasets", a->request.datasets,
                   "labels, likewise (default: all on which one of the models was run)")
      ->allow_extra_args(false);
  command->add_option("--seeds", a->seeds, "such as 1..10, or 3 for the one seed 3 (default: all)");
  command->add_flag("--double", a->full_precision, "keep covariances in double precision, in files twice the size");
  command->add_flag("--partial", a->partial, kPartialHelp);
  command->callback([&chosen, a] { chosen = [a] { return freeze(*a); }; });
}

}  // namespace predcorr
