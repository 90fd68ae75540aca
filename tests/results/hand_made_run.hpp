// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "results/store/run_index.hpp"
#include "results/store/store.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr::test {

/// A run folder of one data set, "boston", whose records a test writes by hand. A configuration is a model's label.
class HandMadeRun {
 public:
  /// @param seeds that are planned for every model  @param change what else of the run is other
  explicit HandMadeRun(const std::vector<std::string>& models, const std::vector<std::uint64_t>& seeds = {},
                       const std::function<void(Run&)>& change = {})
      : store_(Store::open_for_writing(folder_.path(), "fixture")) {
    std::vector<PlannedCells> plan;
    for (const std::string& model : models) {
      PlannedCells& line =
          plan.emplace_back(PlannedCells{{configuration_id(identity(model, 0)), "boston", model, "", ""}, {}});
      for (const std::uint64_t seed : seeds) line.cells[seed] = cell_id(identity(model, seed));
    }
    Run run = run_of("fixture", models, plan);
    run.cross_metrics = xll_of(2);
    if (change) change(run);
    store_.write_run(run);
  }

  static Json identity(const std::string& model, std::uint64_t seed) {
    return {{"task", "regression"},
            {"version", "0.1.0"},
            {"seed", seed},
            {"dataset", {{"name", "boston"}, {"parameters", Json::object()}, {"sha256", "x"}}},
            {"protocol", {{"name", "paper"}}},
            {"model", {{"name", model}, {"parameters", Json::object()}}}};
  }

  void add(const std::string& model, std::uint64_t seed, const std::vector<Score>& scores) const {
    store_.save(record(model, seed, scores), nullptr);
  }
  /// With a prediction of test points, all of the same rows.
  void add(const std::string& model, std::uint64_t seed, const Vector& y, const JointPrediction& prediction) const {
    const StoredPrediction stored{prediction, y, 0, {{0}, {1}, consecutive_rows(2, y.size())}};
    store_.save(record(model, seed, {{"rmse", "", 1.0, ""}}), &stored);
  }
  void add_diagnosed(const std::string& model, std::uint64_t seed, const Diagnostics& diagnostics) const {
    Record r = record(model, seed, {{"rmse", "", 1.0, ""}});
    r.diagnostics = diagnostics;
    store_.save(r, nullptr);
  }
  void add_failure(const std::string& model, std::uint64_t seed) const {
    Record r = record(model, seed, {});
    r.failed = true;
    r.failure_kind = "numerical";
    r.failure_reason = "it diverged";
    store_.save(r, nullptr);
  }

  const Store& store() const { return store_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path record_file(const std::string& model, std::uint64_t seed) const {
    return store_.cells() / (cell_id(identity(model, seed)) + ".json");
  }

 private:
  static Record record(const std::string& model, std::uint64_t seed, const std::vector<Score>& scores) {
    Record r;
    r.identity = identity(model, seed);
    r.scores = scores;
    r.n_train = 10;
    r.n_pool = 5;
    r.n_test = 4;
    return r;
  }

  TemporaryFolder folder_;
  Store store_;
};

}  // namespace predcorr::test
