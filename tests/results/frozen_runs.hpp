// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/stream.hpp"
#include "results/frozen_pools/freeze_references.hpp"
#include "results/store/run_index.hpp"
#include "results/store/store.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr::test {

inline constexpr Index kFrozenTest = 24, kFrozenPool = 3;  // points of the runs below

/// The prediction of a model in the runs below: "gp" dense, "ensemble" a narrow float factor, "sparse" a narrow factor
/// with a diagonal, any other a factor wider than half the points. Pool, then test.
inline JointPrediction frozen_run_prediction(const std::string& model, std::uint64_t seed) {
  const Index n = kFrozenPool + kFrozenTest;
  const std::uint64_t own = 100 * seed + model.size();
  if (model == "gp") return densified(random_prediction(n, n, own));
  JointPrediction p = random_prediction(n, model == "ensemble" || model == "sparse" ? 6 : 20, own);
  if (model == "ensemble") p.latent = Covariance::from_factor(RowMatrixF(p.latent.stored_factor()->cast<float>()));
  if (model == "sparse") p.latent = Covariance::from_factor(*p.latent.stored_factor(), Vector::Constant(n, 0.2));
  return p;
}

/// A run folder with records as a suite would leave them.
class FrozenRun {
 public:
  explicit FrozenRun(const std::vector<std::string>& models, const std::string& dataset = "toy",
                     const std::map<std::string, std::string>& controls = {})
      : dataset_(dataset), store_(Store::open_for_writing(folder_.path(), "fixture")) {
    Run run = test::run_of("fixture", models);
    for (const std::string& model : models)
      run.plan.push_back({{configuration_id(identity(model, 0)), dataset, model, "", ""}, {}});
    run.cross_metrics = test::xll_of(4);
    run.protocol = {{"name", "modern"}};
    run.datasets = {{dataset, dataset.substr(0, dataset.find(' ')), parameters, "", std::nullopt}};
    run.controls = controls;
    store_.write_run(run);
  }

  /// Which data a label stands for is decided by the part of it before a space.
  Json identity(const std::string& model, std::uint64_t seed) const {
    return {{"task", "regression"},
            {"version", "0.1.0"},
            {"seed", seed},
            {"dataset", {{"name", dataset_.substr(0, dataset_.find(' '))}, {"parameters", parameters}, {"sha256", ""}}},
            {"protocol", {{"name", "modern"}}},
            {"model", {{"name", model}, {"parameters", Json::object()}}}};
  }

  static Vector targets(std::uint64_t seed) { return Stream(seed).fork("y").normals(kFrozenPool + kFrozenTest); }
  static Vector test_targets(std::uint64_t seed) { return targets(seed).tail(kFrozenTest); }
  static JointPrediction test_prediction(const std::string& model, std::uint64_t seed) {
    return frozen_run_prediction(model, seed).subset(consecutive_rows(kFrozenPool, kFrozenTest));
  }

  void add(const std::string& model, std::uint64_t seed, const Vector& y, const Rows& test_rows) const {
    Record r;
    r.identity = identity(model, seed);
    r.made_by = "predcorr 0.1.0 (c)";
    r.scores = {{"rmse", "", 1.0, ""}};
    const StoredPrediction p{frozen_run_prediction(model, seed), y, kFrozenPool, {{0}, {1, 2, 3}, test_rows}};
    store_.save(r, &p);
  }
  void add(const std::string& model, std::uint64_t seed) const {
    add(model, seed, targets(seed), consecutive_rows(4, kFrozenTest));
  }
  void add_failure(const std::string& model, std::uint64_t seed) const {
    Record r;
    r.identity = identity(model, seed);
    r.failed = true;
    r.failure_kind = "numerical";
    r.failure_reason = "diverged";
    store_.save(r, nullptr);
  }

  const Store& store() const { return store_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  Json parameters = Json::object();

 private:
  std::string dataset_;
  TemporaryFolder folder_;
  Store store_;
};

/// A run of these models at seeds 1 and 2.
inline std::unique_ptr<FrozenRun> frozen_run(const std::vector<std::string>& models,
                                             const std::string& dataset = "toy") {
  auto run = std::make_unique<FrozenRun>(models, dataset);
  for (const std::string& model : models)
    for (const std::uint64_t seed : {1u, 2u}) run->add(model, seed);
  return run;
}

}  // namespace predcorr::test
