// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "harness/cli/commands.hpp"
#include "results/submission/problem_file.hpp"
#include "results/submission/score_document.hpp"

namespace predcorr {
namespace {

struct ScoreArguments {
  std::string problem, out;
  std::vector<std::string> predictions;
  ScoreOptions options;
};

struct NamedFile {
  std::string name, file;
};

std::vector<NamedFile> read_names(const std::vector<std::string>& arguments) {
  std::vector<NamedFile> all;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    require(equals != std::string::npos && equals > 0 && equals + 1 < argument.size(), ErrorKind::config,
            "--prediction: must be NAME=FILE such as mine=pred.npz, got '{}'", argument);
    const std::string name = argument.substr(0, equals);
    try {
      (void)Json(name).dump();
    } catch (const Json::exception&) {  // now, not after the work
      fail(ErrorKind::config, "--prediction: the name of '{}' is not UTF-8 text; use letters",
           argument.substr(equals + 1));
    }
    require(std::none_of(all.begin(), all.end(), [&](const NamedFile& other) { return other.name == name; }),
            ErrorKind::config, "--prediction: the name '{}' is given twice; names must differ", name);
    all.push_back({name, argument.substr(equals + 1)});
  }
  return all;
}

/// A misspelt array would otherwise be missing in silence.
void note_arrays_without_use(const std::string& file, bool is_problem) {
  const auto others = arrays_without_use(file, is_problem);
  if (!others.empty()) note("{}: arrays that were not used: {}\n", file, comma_list(others));
}

int score(const ScoreArguments& a) {
  const std::vector<NamedFile> files = read_names(a.predictions);
  const std::filesystem::path out = a.out;
  if (out.has_parent_path()) make_folder(out.parent_path());  // before the work, which would be lost
  const EvaluationData evaluation = load_evaluation_data(a.problem);
  note_arrays_without_use(a.problem, true);
  std::vector<Submission> submissions;
  for (const NamedFile& named : files) {
    submissions.push_back(load_submission(named.name, named.file, evaluation));
    if (named.file != a.problem) note_arrays_without_use(named.file, false);
  }
  const ScoreDocument document =
      score_document(evaluation, a.options, score_submissions(evaluation, submissions, a.options));
  const std::string json = to_json(document).dump(1) + "\n";
  if (a.out.empty()) {
    say("{}", json);
    return kSuccess;
  }
  write_text_atomically(out, json);
  say("{}\n{}\n", score_table(document), a.out);
  return kSuccess;
}

}  // namespace

void add_score_command(CLI::App& app, std::function<int()>& chosen) {
  auto a = std::make_shared<ScoreArguments>();
  CLI::App* command = app.add_subcommand("score", "Score predictions made elsewhere, in NumPy's .npz files");
  command->footer(
      examples({"score --problem problem.npz --prediction gp=gp.npz --prediction ens=ens.npz --out scores.json",
                "score --problem problem.npz --prediction mine=mine.npz --neighbours 10"}));
  command
      ->add_option("--problem", a->problem,
                   "y, n_pool, and where known oracle_mean, oracle_latent_cov, "
                   "oracle_noise_var and x; pool first, then test")
      ->required();
  command
      ->add_option("--prediction", a->predictions,
                   "NAME=FILE with mean, noise_var and one of latent_cov, factor, samples; or mean and cov, noise "
                   "included; may be repeated")
      ->required();
  command->add_option("--neighbours", a->options.neighbours, "points in a group of XLL, the point itself included")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--batch", a->options.batch, "picks of each criterion")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command
      ->add_option("--draws", a->options.expectation.draws,
                   "sets of targets drawn from each prediction, to tell what its scores should be; 0 for none")
      ->check(CLI::Range(Index{0}, kMostDraws))
      ->capture_default_str();
  command->add_option("--out", a->out, "write the JSON there, and print a table (default: print the JSON)");
  command->callback([&chosen, a] { chosen = [a] { return score(*a); }; });
}

}  // namespace predcorr
