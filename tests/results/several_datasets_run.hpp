// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "results/store/store.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr::test {

/// A run folder of several data sets under protocol `paper`, whose scores a test gives by a function.
class SeveralDatasetsRun {
 public:
  /// Scores of a model on a data set at a seed; none: it failed.
  using Scores = std::function<std::vector<Score>(const std::string& dataset, const std::string& model, int seed)>;

  /// @param suite keys beside its name  @param change what else of the run is other  @param cost of each cell
  SeveralDatasetsRun(const std::vector<std::string>& datasets, const std::vector<std::string>& models, int seeds,
                     const Scores& scores, const Json& suite = Json::object(),
                     const std::function<void(Run&)>& change = {},
                     const std::function<Cost(const std::string& model, int seed)>& cost = {})
      : store_(Store::open_for_writing(folder_.path(), "fixture")) {
    Run run = run_of("fixture", models);
    run.suite.update(suite);
    run.datasets.clear();
    for (const std::string& dataset : datasets) {
      run.datasets.push_back({dataset, dataset, Json::object(), "x", std::nullopt});
      for (const std::string& model : models) {
        PlannedCells& line = run.plan.emplace_back(
            PlannedCells{{configuration_id(identity(dataset, model, 0)), dataset, model, "", ""}, {}});
        for (int seed = 1; seed <= seeds; ++seed) {
          Record record;
          record.identity = identity(dataset, model, seed);
          line.cells[static_cast<std::uint64_t>(seed)] = cell_id(record.identity);
          record.scores = scores(dataset, model, seed);
          if (record.scores.empty()) {
            record.failed = true;
            record.failure_kind = "numerical";
            record.failure_reason = "it diverged";
          }
          record.n_train = 10;
          record.n_pool = 5;
          record.n_test = 4;
          if (cost) record.cost = cost(model, seed);
          store_.save(record, nullptr);
        }
      }
    }
    if (change) change(run);
    store_.write_run(run);
  }

  const Store& store() const { return store_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  static Json identity(const std::string& dataset, const std::string& model, int seed) {
    return {{"task", "regression"},
            {"version", "0.1.0"},
            {"seed", seed},
            {"dataset", {{"name", dataset}, {"parameters", Json::object()}, {"sha256", "x"}}},
            {"protocol", {{"name", "paper"}}},
            {"model", {{"name", model}, {"parameters", Json::object()}}}};
  }

  TemporaryFolder folder_;
  Store store_;
};

}  // namespace predcorr::test
