// SPDX-License-Identifier: Apache-2.0
// predcorr's side of compare.py: reads a problem from a .npz file, prints one line of JSON.
//   evidence_once evidence FILE [--threads T] [--repeats R]   evidence and gradient at log_parameters
//   evidence_once fit FILE      [--threads T] [--repeats R]   whole fits of the model gp from its own start
//   evidence_once start FILE                                  gp's start and ranges, for the other sides
// FILE has x (n x d), y (n) and, for `evidence`, log_parameters: of the RBF's variance, of its d length-scales, of the
// noise variance.
#include <tbb/global_control.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "benchmarks/release_only.hpp"
#include "core/numpy/npz.hpp"
#include "models/gp/evidence.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/model.hpp"

namespace {

using namespace predcorr;

struct Clock {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
};

Json evidence(const TrainingData& data, const Vector& logs, int repeats) {
  const Vector values = logs.array().exp();
  const Index d = data.inputs.cols();
  const std::vector<double> scales(values.begin() + 1, values.begin() + 1 + d);
  const KernelPtr kernel = read_kernel(
      {{"sum",
        {{{"rbf", {{"variance", values(0)}, {"length_scale", scales}}}}, {{"white", {{"variance", values(1 + d)}}}}}}});
  models::Evidence evidence(data.inputs, data.targets);
  reset_peak_resident_bytes();
  const double before = peak_resident_bytes();
  models::Evidence::Value value = evidence.at(*kernel);  // not timed
  std::vector<double> seconds;
  for (int r = 0; r < repeats; ++r) {
    const Clock clock;
    value = evidence.at(*kernel);
    seconds.push_back(clock.seconds());
  }
  return {{"seconds", seconds},
          {"log_likelihood", value.log_likelihood},
          {"gradient", std::vector<double>(value.gradient.begin(), value.gradient.end())},
          {"jitter", value.jitter},
          {"peak_bytes", peak_resident_bytes() - before}};
}

Json fit(const TrainingData& data, int repeats) {
  const auto model = Registry<Model>::instance().make({.name = "gp"}, "evidence_once").object;
  std::vector<double> seconds;
  Diagnostics found;
  for (int r = 0; r < repeats; ++r) {
    const Clock clock;
    found = model->fit(data, Stream(1))->diagnostics();
    seconds.push_back(clock.seconds());
  }
  return {{"seconds", seconds},
          {"log_likelihood", found.at("log_marginal_likelihood")},
          {"evaluations", found.at("evidence_evaluations")},
          {"diagnostics", found}};
}

Json start(const TrainingData& data) {
  Json all = {{"name", Json::array()}, {"value", Json::array()}, {"low", Json::array()}, {"high", Json::array()}};
  for (const LogParameter& p : models::GpPrior().observed_kernel(data)->log_parameters()) {
    all["name"].push_back(p.name);
    all["value"].push_back(p.value);
    all["low"].push_back(p.low);
    all["high"].push_back(p.high);
  }
  return all;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("predcorr's side of compare.py");
  std::string what, file;
  int threads = 1, repeats = 3;
  app.add_option("what", what)->required()->check(CLI::IsMember({"evidence", "fit", "start"}));
  app.add_option("file", file)->required();
  app.add_option("--threads", threads)->check(CLI::PositiveNumber);
  app.add_option("--repeats", repeats)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, count, arguments);
  if (!benchmarks::release_build()) return 2;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  try {
    const NpzReader npz{file};
    const TrainingData data{npz.matrix("x"), npz.vector("y")};
    Json result = what == "evidence" ? evidence(data, npz.vector("log_parameters"), repeats)
                  : what == "fit"    ? fit(data, repeats)
                                     : start(data);
    if (what != "start") {
      std::vector<double> sorted = result["seconds"];
      std::sort(sorted.begin(), sorted.end());
      result["minimum"] = sorted.front();
      result["median"] = sorted[sorted.size() / 2];
    }
    result["software"] = fmt::format("predcorr {}", commit());
    fmt::print("{}\n", result.dump());
  } catch (const std::exception& e) {
    fmt::print(stderr, "evidence_once: {}\n", e.what());
    return 2;
  }
  return 0;
}
