// SPDX-License-Identifier: Apache-2.0
// predcorr's side of compare_acquisition.py: one selection, prints one line of JSON.
//   acquisition_once CRITERION --file FILE --picks K        FILE: factor (n x s), diagonal (n), noise_var (n), n_pool
//   acquisition_once CRITERION --pool N --targets M --members S --picks K      a float factor of random numbers
// --form dense or factor; both take --threads T, --repeats R. `entries_per_second` counts pool x targets for each pick.
#include <tbb/global_control.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "benchmarks/release_only.hpp"
#include "benchmarks/seconds.hpp"
#include "core/numpy/npz.hpp"
#include "metrics/active_learning/criterion.hpp"

namespace {

using namespace predcorr;

struct Work {
  std::string criterion, file, form = "factor";
  Index pool = 10000, targets = 2000, members = 100;
  int picks = 10, threads = 1, repeats = 1;
};

struct Given {
  JointPrediction prediction;
  Index n_pool = 0;
};

Given from_file(const Work& w) {
  const NpzReader npz{w.file};
  Given given;
  given.n_pool = npz.rows("n_pool").front();
  given.prediction.noise_variance = npz.vector("noise_var");
  given.prediction.mean = Vector::Zero(given.prediction.noise_variance.size());
  const RowMatrix factor = npz.matrix("factor");
  if (w.form == "factor") {
    given.prediction.latent = Covariance::from_factor(factor, npz.vector("diagonal"));
  } else {
    Matrix dense = factor * factor.transpose();
    dense.diagonal() += npz.vector("diagonal");
    given.prediction.latent = Covariance::dense(std::move(dense));
  }
  return given;
}

Given made_up(const Work& w) {
  const Index n = w.pool + w.targets;
  Given given;
  given.n_pool = w.pool;
  RowMatrixF factor(n, w.members);
  Stream(1).fill_normals(Eigen::Map<VectorF>(factor.data(), factor.size()));
  factor *= static_cast<float>(1 / std::sqrt(static_cast<double>(w.members)));
  given.prediction.mean = Vector::Zero(n);
  given.prediction.noise_variance = Vector::Constant(n, 0.1);
  given.prediction.latent = Covariance::from_factor(std::move(factor));
  return given;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("predcorr's side of compare_acquisition.py");
  Work w;
  app.add_option("criterion", w.criterion)->required();
  app.add_option("--file", w.file);
  app.add_option("--form", w.form)->check(CLI::IsMember({"dense", "factor"}));
  app.add_option("--pool", w.pool)->check(CLI::PositiveNumber);
  app.add_option("--targets", w.targets)->check(CLI::PositiveNumber);
  app.add_option("--members", w.members)->check(CLI::PositiveNumber);
  app.add_option("--picks", w.picks)->check(CLI::PositiveNumber);
  app.add_option("--threads", w.threads)->check(CLI::PositiveNumber);
  app.add_option("--repeats", w.repeats)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  if (!benchmarks::release_build()) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(w.threads));
  try {
    const auto criterion = Registry<Criterion>::instance().make({.name = w.criterion}, "acquisition_once").object;
    const Given given = w.file.empty() ? made_up(w) : from_file(w);
    reset_peak_resident_bytes();
    const double before = peak_resident_bytes();
    std::vector<double> seconds;
    Selection chosen;
    for (int r = 0; r < w.repeats; ++r)
      seconds.push_back(benchmarks::seconds_of(
          [&] { chosen = criterion->select(given.prediction, given.n_pool, w.picks, Stream(1)); }));
    const double least = *std::min_element(seconds.begin(), seconds.end());
    const double entries = static_cast<double>(given.n_pool) *
                           static_cast<double>((given.prediction.size() - given.n_pool) * std::ssize(chosen.picks));
    fmt::print("{}\n", Json({{"seconds", seconds},
                             {"minimum", least},
                             {"entries_per_second", entries / least},
                             {"peak_bytes", peak_resident_bytes()},
                             {"peak_bytes_over_prediction", peak_resident_bytes() - before},
                             {"picks", chosen.picks},
                             {"gains", chosen.gains},
                             {"software", fmt::format("predcorr {}", commit())}})
                           .dump());
  } catch (const std::exception& e) {
    fmt::print(stderr, "acquisition_once: {}\n", e.what());
    return 2;
  }
  return 0;
}
