// SPDX-License-Identifier: Apache-2.0
// predcorr's side of compare_scores.py: one score of arrays from a file, prints one line of JSON.
//   scores_once spearman --file FILE      FILE: a, b (equal lengths)
//   scores_once xll --file FILE           FILE: y, mean, latent_cov, noise_var of the model, reference_... of the
//   reference
// Both take --threads T, --repeats R.
#include <tbb/global_control.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>

#include "benchmarks/release_only.hpp"
#include "benchmarks/seconds.hpp"
#include "core/numpy/npz.hpp"
#include "metrics/joint/xll.hpp"
#include "metrics/ranks.hpp"

namespace {

using namespace predcorr;

constexpr int kNeighbours = 5;

JointPrediction prediction(const NpzReader& npz, const std::string& prefix) {
  return {npz.vector(prefix + "mean"), Covariance::dense(npz.matrix(prefix + "latent_cov")),
          npz.vector(prefix + "noise_var")};
}

/// What is timed; everything it needs is read before.
std::function<double()> work(const std::string& score, const NpzReader& npz) {
  if (score == "spearman")
    return [a = npz.vector("a"), b = npz.vector("b")] { return metrics::spearman(a, b).value(); };
  return [y = npz.vector("y"), model = prediction(npz, ""), reference = prediction(npz, "reference_")] {
    const auto sets = metrics::neighbour_sets(reference, kNeighbours);
    return metrics::cross_log_likelihood(y, model, reference, sets);
  };
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("predcorr's side of compare_scores.py");
  std::string score, file;
  int threads = 1, repeats = 1;
  app.add_option("score", score)->required()->check(CLI::IsMember({"spearman", "xll"}));
  app.add_option("--file", file)->required();
  app.add_option("--threads", threads)->check(CLI::PositiveNumber);
  app.add_option("--repeats", repeats)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  if (!benchmarks::release_build()) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  try {
    const auto run = work(score, NpzReader(file));
    std::vector<double> seconds;
    double value = 0;
    for (int r = 0; r < repeats; ++r) seconds.push_back(benchmarks::seconds_of([&] { value = run(); }));
    fmt::print("{}\n", Json({{"minimum", *std::min_element(seconds.begin(), seconds.end())},
                             {"value", value},
                             {"software", fmt::format("predcorr {}", commit())}})
                           .dump());
  } catch (const std::exception& e) {
    fmt::print(stderr, "scores_once: {}\n", e.what());
    return 2;
  }
  return 0;
}
