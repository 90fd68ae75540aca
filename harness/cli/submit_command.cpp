// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "harness/cli/commands.hpp"
#include "harness/cli/completeness.hpp"
#include "results/entries/pack_entry.hpp"

namespace predcorr {
namespace {

struct SubmitArguments {
  std::string folder, out, keep = "predictions";
  bool partial = false;
  PackRequest request;
};

int submit(SubmitArguments a) {
  const Store store = Store::open_for_reading(a.folder);
  PackRequest& request = a.request;
  request.keep = read_keep(a.keep, "--keep");
  request.out = a.out.empty() ? store.folder() / "entry" : std::filesystem::path(a.out);
  if (const int status = status_of(missing_of_entry(store, request.model), a.partial, true); status != kSuccess)
    return status;
  const Entry entry = pack_entry(store, request);
  std::uint64_t bytes = entry.run.bytes;
  std::size_t with_prediction = 0;
  for (const EntryCell& cell : entry.cells) {
    bytes += cell.record.bytes + (cell.prediction ? cell.prediction->bytes : 0);
    with_prediction += cell.prediction ? 1 : 0;
  }
  say("{}: '{}', {} cells of suite '{}', {} with predictions, {:.2f} MB\n", request.out.string(), entry.model,
      entry.cells.size(), entry.suite, with_prediction, static_cast<double>(bytes) / 1e6);
  if (with_prediction < entry.cells.size())
    note("Cells without predictions cannot be verified; they are accepted as self-reported at most.\n");
  return kSuccess;
}

}  // namespace

void add_submit_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<SubmitArguments>();
  CLI::App* command = app.add_subcommand("submit", "Pack a model's part of a run, to hand in for somebody's board");
  command->footer(
      examples({"submit results/runs/quick --model mine --who \"Jane Doe\" --what \"a deep kernel\" --code "
                "https://example.org/mine --licence MIT --out mine-entry"}));
  command->add_option("folder", a->folder, "folder that 'run' wrote")->required();
  command->add_option("--model", a->request.model, "label of the model")->required();
  command->add_option("--who", a->request.about.who, "who hands it in")->required();
  command->add_option("--what", a->request.about.what, "the model in a sentence")->required();
  command->add_option("--code", a->request.about.code, "where its code is, or 'closed'")->required();
  command->add_option("--licence", a->request.about.licence, "of what is handed in, such as CC-BY-4.0")->required();
  command
      ->add_option(
          "--keep", a->keep,
          "of its predictions: 'predictions' as far as scores need them; the 'test' points; 'all'; or 'scores', "
          "none, so that nothing can be verified")
      ->capture_default_str();
  command->add_option("--out", a->out, "the new folder (default: entry in the run's folder)");
  command->add_flag("--partial", a->partial, kPartialHelp);
  command->callback([&chosen, a] { chosen = [a] { return submit(*a); }; });
}

}  // namespace predcorr
