// SPDX-License-Identifier: Apache-2.0
// predcorr's side of compare_forests.py: grows regression trees on bootstrap resamples, prints one line of JSON.
//   forests_once grow FILE      seconds to grow them
//   forests_once predict FILE   grows them, then seconds for what each tree says of each row of `query`
//   forests_once joint FILE     the model random-forest: seconds for the joint prediction of `query`, rows repeated
//                               until there are --points of them, with its factor (points x trees, in float)
// FILE has x (n x d), y (n), query (m x d), query_y (m). All take --trees B, --max-features K (0: all), --min-split S,
// --splits exact|histogram, --threads T, --repeats R.
#include <tbb/global_control.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "benchmarks/release_only.hpp"
#include "core/base/parallel.hpp"
#include "core/numpy/npz.hpp"
#include "models/model.hpp"
#include "models/trees/tree_growing.hpp"

namespace {

using namespace predcorr;
using namespace predcorr::models;

struct Work {
  std::string what, file, splits = "exact";
  int trees = 500, max_features = 0, min_split = 2, points = 100000, threads = 1, repeats = 3;
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// What random-forest does, without its noise: sorting, resampling, growing.
std::vector<Tree> grow(const Work& w, const Matrix& x, const Vector& y) {
  const TreeGrower grower(x, {.splits = JsonType<Splits>::read(w.splits),
                              .max_features = w.max_features,
                              .min_split = w.min_split,
                              .random_order = true});
  std::vector<Tree> trees(static_cast<std::size_t>(w.trees));
  parallel_for(w.trees, [&](Index t) {
    Stream stream = Stream(1).fork("member", static_cast<std::uint64_t>(t));
    Vector counts = Vector::Zero(y.size());
    for (Index i = 0; i < y.size(); ++i) counts(stream.index(y.size())) += 1;
    trees[static_cast<std::size_t>(t)] = grower.grow(y, counts, stream);
  });
  return trees;
}

struct Measured {
  std::vector<double> seconds;
  double peak_bytes = 0, outcome = 0;
};

Measured measure(const Work& w, const NpzReader& npz) {
  const Matrix x = npz.matrix("x"), query = npz.matrix("query");
  const Vector y = npz.vector("y"), query_y = npz.vector("query_y");
  Measured m;
  reset_peak_resident_bytes();
  double before = peak_resident_bytes();
  if (w.what == "joint") {
    Json parameters = {{"members", w.trees}, {"min_split", w.min_split}, {"splits", w.splits}, {"noise", "none"}};
    if (w.max_features > 0)
      parameters["max_features"] = w.max_features > 1 ? w.max_features : 1.0 / static_cast<double>(x.cols());
    const auto posterior = Registry<Model>::instance()
                               .make({.name = "random-forest", .parameters = parameters}, "forests_once")
                               .object->fit({x, y}, Stream(1));
    Matrix all(w.points, query.cols());
    for (Index i = 0; i < all.rows(); ++i) all.row(i) = query.row(i % query.rows());
    reset_peak_resident_bytes();
    before = peak_resident_bytes();
    for (int r = 0; r < w.repeats; ++r) {
      const double start = now();
      const JointPrediction p = posterior->predict(all);
      m.seconds.push_back(now() - start);
      m.outcome = p.latent.diagonal().mean();
    }
  } else {
    std::vector<Tree> trees;
    RowMatrixF values;
    if (w.what == "predict") trees = grow(w, x, y);
    for (int r = 0; r < w.repeats; ++r) {
      const double start = now();
      if (w.what == "predict")
        values = predict_trees(trees, query);
      else
        trees = grow(w, x, y);
      m.seconds.push_back(now() - start);
    }
    m.peak_bytes = peak_resident_bytes() - before;
    const Vector mean = predict_trees(trees, query).cast<double>().rowwise().mean();
    m.outcome = std::sqrt((mean - query_y).squaredNorm() / static_cast<double>(query_y.size()));
    return m;
  }
  m.peak_bytes = peak_resident_bytes() - before;
  return m;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("predcorr's side of compare_forests.py");
  Work w;
  app.add_option("what", w.what)->required()->check(CLI::IsMember({"grow", "predict", "joint"}));
  app.add_option("file", w.file)->required();
  app.add_option("--splits", w.splits)->check(CLI::IsMember({"exact", "histogram"}));
  app.add_option("--trees", w.trees)->check(CLI::PositiveNumber);
  app.add_option("--max-features", w.max_features);
  app.add_option("--min-split", w.min_split);
  app.add_option("--points", w.points)->check(CLI::PositiveNumber);
  app.add_option("--threads", w.threads)->check(CLI::PositiveNumber);
  app.add_option("--repeats", w.repeats)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  if (!benchmarks::release_build()) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(w.threads));
  try {
    const Measured m = measure(w, NpzReader{w.file});
    fmt::print("{}\n", Json({{"seconds", m.seconds},
                             {"outcome", m.outcome},
                             {"peak_bytes", m.peak_bytes},
                             {"software", fmt::format("predcorr {}", commit())}})
                           .dump());
  } catch (const std::exception& e) {
    fmt::print(stderr, "forests_once: {}\n", e.what());
    return 2;
  }
  return 0;
}
