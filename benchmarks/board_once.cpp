// SPDX-License-Identifier: Apache-2.0
// Time and memory of a leaderboard of many records: writes a run folder of them, then makes its board.
//   board_once --records 100000 [--datasets 5] [--seeds 50] [--no-learning] [--folder F] [--threads T]
// Prints one line of JSON. The records are as large as those of the suite `uci`, two of five of regression, the others
// of active learning (none with --no-learning), on five data sets at 50 seeds; their numbers are drawn. There are no
// predictions and no XLL, which reads them. With --folder the run folder stays, and a second call measures without
// writing it again.
#include <malloc.h>
#include <tbb/global_control.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "benchmarks/release_only.hpp"
#include "benchmarks/seconds.hpp"
#include "core/base/files.hpp"
#include "core/base/parallel.hpp"
#include "metrics/score_catalogue.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "results/report/report.hpp"

namespace {

using namespace predcorr;
namespace fs = std::filesystem;

constexpr int kRounds = 11;

struct Shape {
  int records = 100000, datasets = 5, seeds = 50;
  bool no_learning = false;
};

Json identity(const std::string& task, const std::string& dataset) {
  return {{"task", task},
          {"version", "0.1.0"},
          {"dataset", {{"name", dataset}, {"parameters", Json::object()}, {"sha256", std::string(64, 'd')}}},
          {"protocol", {{"name", "paper"}, {"train", 0.2}, {"test", 0.2}}}};
}

/// Some 28 KB of JSON.
Record regression(const Json& identity, const std::vector<ScoreInfo>& scores) {
  Record r;
  r.identity = identity;
  const Stream stream = Stream(identity.at("seed").get<std::uint64_t>()).fork(identity.dump());
  const Vector numbers = Stream(stream).normals(std::ssize(scores) + 600);
  for (Index i = 0; i < std::ssize(scores); ++i) {
    const ScoreInfo& info = scores[static_cast<std::size_t>(i)];
    r.metrics[info.name] = Json::object();
    if (i % 8 == 7)
      r.scores.push_back({info.name, info.part, std::nullopt, "the true posterior is not known"});
    else
      r.scores.push_back({info.name, info.part, numbers(i), ""});
  }
  for (int curve = 0; curve < 6; ++curve) {
    const Vector part = numbers.segment(std::ssize(scores) + 100 * curve, 100);
    r.curves["metric-" + std::to_string(curve)]["shares"] = std::vector<double>(part.begin(), part.end());
  }
  r.diagnostics = {{"log_evidence", numbers(0)}, {"noise_variance", 0.1}, {"steps", 300}};
  r.n_train = 100;
  r.n_pool = 300;
  r.n_test = 100;
  r.cost = {1.5, 0.1, 5e8};
  r.made_by = "predcorr 0.1.0 (a benchmark)";
  return r;
}

/// Some 6 KB.
Record learning(const Json& identity, const std::string& model) {
  Record r;
  r.identity = identity;
  const Stream stream = Stream(identity.at("seed").get<std::uint64_t>()).fork(identity.dump());
  const Vector numbers = Stream(stream).normals(2 * kRounds);
  for (Index k = 0; k < kRounds; ++k) {
    LearningRound round{100 + 5 * k, {}, {}};
    for (Index i = 0; k > 0 && i < 5; ++i) round.acquired.push_back(10 * k + i);
    round.scores[model] = {{"rmse", "", 1 + std::abs(numbers(2 * k)), ""},
                           {"marginal_log_likelihood", "", numbers(2 * k + 1), ""}};
    r.rounds.push_back(std::move(round));
  }
  r.n_train = 100;
  r.n_pool = 300;
  r.n_test = 100;
  r.made_by = "predcorr 0.1.0 (a benchmark)";
  return r;
}

/// @param shape its records, where a multiple of 5 for each data set and seed, come out as they are
void write_run_folder(const fs::path& folder, const Shape& shape) {
  const Store store = Store::open_for_writing(folder, "board");
  std::vector<ScoreInfo> scores;
  for (const ScoreInfo& info : score_catalogue().scores())
    if (info.part != "*") scores.push_back(info);
  Run run;
  run.suite = {{"name", "board"}};
  run.protocol = {{"name", "paper"}};
  run.provenance = provenance();
  std::vector<std::pair<PlanEntry, Json>> configurations;
  const int lines = shape.records / (shape.datasets * shape.seeds);
  const auto seeds = static_cast<std::uint64_t>(shape.seeds);
  for (int d = 0; d < shape.datasets; ++d) {
    const std::string dataset = "data-" + std::to_string(d);
    run.datasets.push_back({dataset, dataset, Json::object(), std::string(64, 'd'), std::nullopt});
    for (int i = 0; i < lines; ++i) {
      const bool is_regression = shape.no_learning || i % 5 < 2;
      const std::string model = "network width=50 learning_rate=0.01 variant=" + std::to_string(i);
      if (d == 0 && is_regression) run.models.push_back(model);
      Json about = identity(is_regression ? "regression" : "active_learning", dataset);
      const Json named = {{"name", "network"}, {"parameters", {{"width", 50}, {"rate", 0.01}, {"variant", i}}}};
      if (is_regression)
        about["model"] = named;
      else
        about["learning"] = {{"criterion", {{"name", "bmig"}, {"parameters", Json::object()}}},
                             {"selector", {{"label", model}, {"model", named}}},
                             {"predictors", {{model, named}}},
                             {"rounds", kRounds - 1},
                             {"batch", 5}};
      configurations.push_back({{configuration_id(about), dataset, is_regression ? model : "",
                                 is_regression ? "" : "bmig", is_regression ? "" : model},
                                about});
    }
  }
  for (auto& [entry, about] : configurations) {
    run.plan.push_back({entry, {}});
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      about["seed"] = seed;
      run.plan.back().cells[seed] = cell_id(about);
    }
  }
  parallel_for(std::ssize(configurations), [&](Index c) {
    auto [entry, about] = configurations[static_cast<std::size_t>(c)];
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      about["seed"] = seed;
      store.save(entry.criterion.empty() ? regression(about, scores) : learning(about, entry.selector), nullptr);
    }
  });
  store.write_run(run);
}

void measure(const fs::path& folder, const Shape& shape) {
  Json line = {{"version", version() + " " + commit()}};
  if (!fs::exists(folder / "run.json"))
    line["write_seconds"] = benchmarks::seconds_of([&] { write_run_folder(folder, shape); });
  std::uintmax_t bytes = 0, files = 0;
  for (const auto& entry : fs::directory_iterator(folder / "cells")) bytes += entry.file_size(), ++files;
  malloc_trim(0);
  reset_peak_resident_bytes();
  const double before = peak_resident_bytes();
  std::size_t json_bytes = 0;
  std::optional<Leaderboard> board;
  line["board_seconds"] = benchmarks::seconds_of([&] { board = make_leaderboard({Store::open_for_reading(folder)}); });
  line["text_seconds"] = benchmarks::seconds_of([&] {
    json_bytes = leaderboard_text(*board).size();
    markdown_report(*board);
  });
  line["peak_MiB"] = std::round(peak_resident_bytes() / 1048576);
  line["before_MiB"] = std::round(before / 1048576);
  line["records"] = files;
  line["record_MB"] = std::round(static_cast<double>(bytes) / 1e6);
  line["json_MB"] = std::round(static_cast<double>(json_bytes) / 1e6);
  line["tables"] = board->datasets.size() + board->learning.size();
  fmt::print("{}\n", line.dump());
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("Time and memory of a leaderboard of many records");
  Shape shape;
  int threads = static_cast<int>(std::thread::hardware_concurrency());
  std::string folder;
  app.add_option("--records", shape.records)->check(CLI::Range(1250, 10000000));
  app.add_option("--datasets", shape.datasets)->check(CLI::Range(1, 1000));
  app.add_option("--seeds", shape.seeds)->check(CLI::Range(1, 1000));
  app.add_flag("--no-learning", shape.no_learning);
  app.add_option("--folder", folder, "where the records are, or are written and stay (default: a temporary folder)");
  app.add_option("--threads", threads)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  if (!benchmarks::release_build()) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  const fs::path place =
      folder.empty() ? fs::temp_directory_path() / fmt::format("board-{}", ::getpid()) : fs::path(folder);
  int status = 0;
  try {
    measure(place, shape);
  } catch (const Error& e) {
    fmt::print(stderr, "{}\n", e.what());
    status = 2;
  }
  if (folder.empty()) fs::remove_all(place);
  return status;
}
