// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/base/files.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/model_argument.hpp"
#include "harness/studies/calibration_study.hpp"
#include "results/report/calibration_report.hpp"
#include "results/store/provenance.hpp"

namespace predcorr {
namespace {

struct CalibrateArguments {
  std::string file, target, group, header = "auto", model = "random-forest", form = "linear", correlation = "shrink",
                                   query, out;
  std::vector<std::string> drop;
  int folds = 5, inner_folds = 5, repeats = 1;
  std::uint64_t seed = 1;
};

int calibrate(const CalibrateArguments& a) {
  CalibrationRequest request{
      .file = a.file,
      .layout = {{a.target}, {}, a.group, JsonType<HeaderLine>::read(a.header)},
      .model = read_model_argument(a.model, "--model"),
      .model_folder = folder_of_argument(a.model),
      .options = {{"form", a.form}, {"folds", a.inner_folds}, {"repeats", a.repeats}, {"correlation", a.correlation}},
      .query = a.query,
      .folds = a.folds,
      .seed = a.seed,
      .notify = [](const std::string& line) { note("{}\n", line); }};
  for (const std::string& column : a.drop) request.layout.drop.push_back({column});
  const std::filesystem::path out = a.out.empty() ? std::filesystem::path(request.file.stem().string() + "-calibrated")
                                                  : std::filesystem::path(a.out);
  const ResultFolder made(out);  // before the work, which would be lost
  CalibrationStudy study = study_calibration(request);
  study.report.provenance = provenance();
  const std::string markdown = calibration_markdown(study.report);
  // What an earlier call left must at no moment stand beside this one's.
  for (const char* name : {"report.json", "report.md", "predictions.csv"}) std::filesystem::remove(out / name);
  if (!study.predictions.empty()) write_text_atomically(out / "predictions.csv", study.predictions);
  write_text_atomically(out / "report.md", markdown);
  write_text_atomically(out / "report.json", to_json(study.report).dump(1) + "\n");
  say("{}\n{}\n", markdown, out.string());
  return kSuccess;
}

}  // namespace

void add_calibrate_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<CalibrateArguments>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Error bars you can trust for a CSV: fit a model, calibrate it by cross-validation, report");
  command->footer(examples({"calibrate steel.csv --target strength --drop id --predict new.csv",
                            "calibrate steel.csv --target strength --group heat --model gp --form isotonic"}));
  command->add_option("data", a->file, "table with one row for each measurement")->required();
  command->add_option("--target", a->target, "column to predict: name, or number from 0 (-1: last)")->required();
  command
      ->add_option("--model", a->model, "name (see 'list models'), {\"model\": ..., \"parameters\": ...} or its file")
      ->capture_default_str();
  command->add_option("--predict", a->query, "second table whose rows to predict, with the same input columns");
  command->add_option("--out", a->out,
                      "folder for report.json, report.md and predictions.csv (default: DATA-calibrated)");
  command->add_option("--drop", a->drop, "column that is not an input; may be repeated")->allow_extra_args(false);
  command->add_option("--group", a->group, "column whose equal values belong together, such as a sample's name");
  command->add_option("--header", a->header, "whether the first line has names")
      ->check(CLI::IsMember(all_words<HeaderLine>()))
      ->capture_default_str();
  command->add_option("--form", a->form, "linear (a sigma + b), scale, power or isotonic")->capture_default_str();
  command->add_option("--correlation", a->correlation, "of several predictions together: keep, shrink or independent")
      ->capture_default_str();
  command->add_option("--folds", a->folds, "of the cross-validation that judges")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  command->add_option("--inner-folds", a->inner_folds, "of the cross-validation that calibrates")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  command->add_option("--repeats", a->repeats, "of the inner one")->check(CLI::Range(1, 1000))->capture_default_str();
  command->add_option("--seed", a->seed, "of folds and model")->capture_default_str();
  command->callback([&chosen, a] { chosen = [a] { return calibrate(*a); }; });
}

}  // namespace predcorr
