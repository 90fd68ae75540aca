// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/leaderboard.hpp"
#include "results/store/run_index.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

Json identity(const std::string& model, std::uint64_t seed) {
  return {{"task", "regression"},
          {"version", "0.1.0"},
          {"seed", seed},
          {"dataset", {{"name", "boston"}, {"parameters", Json::object()}, {"sha256", "x"}}},
          {"protocol", {{"name", "paper"}, {"train", 0.2}, {"test", 0.2}}},
          {"model", {{"name", model}, {"parameters", Json::object()}}}};
}

constexpr Index kPoints = 50;

/// The floor, a tree of few leaves, an ensemble of two, independent error bars, and two that tell all points apart.
std::map<std::string, JointPrediction> predictions(std::uint64_t seed) {
  const JointPrediction p = test::random_prediction(kPoints, 4, 10 * seed),
                        q = test::random_prediction(kPoints, 9, seed);
  RowMatrix leaves = RowMatrix::Zero(kPoints, 6);
  Vector of_leaf(kPoints);
  Stream stream(seed);
  for (Index i = 0; i < kPoints; ++i) {
    const Index leaf = stream.index(6);
    leaves(i, leaf) = 0.5;
    of_leaf(i) = static_cast<double>(leaf);
  }
  return {{"constant",
           {Vector::Constant(kPoints, 0.3), Covariance::from_factor(RowMatrix(RowMatrix::Constant(kPoints, 1, 0.1))),
            Vector::Ones(kPoints)}},
          {"tree", {of_leaf / 3, Covariance::from_factor(leaves), Vector::Constant(kPoints, 0.2)}},
          {"two", {p.mean, Covariance::from_factor(RowMatrix(stream.normals(kPoints))), Vector::Zero(kPoints)}},
          {"independent", {q.mean, Covariance::dense(q.latent.diagonal().asDiagonal()), q.noise_variance}},
          {"p", p},
          {"q", q}};
}

/// A leaderboard of stored predictions, with the test points of every seed in other rows if so wished.
Json board(bool permuted) {
  test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "ties");
  Run run = test::run_of("ties");
  for (const auto& [model, unused] : predictions(1)) {
    run.plan.push_back({{configuration_id(identity(model, 0)), "boston", model, "", ""}, {}});
    run.models.push_back(model);
  }
  run.cross_metrics = test::xll_of(5);
  store.write_run(run);
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Rows rows = permuted ? Stream(seed).permutation(kPoints) : consecutive_rows(0, kPoints);
    Vector y = 1.5 * Stream(40 + seed).normals(kPoints);
    y.head(20).setZero();
    for (const auto& [model, prediction] : predictions(seed)) {
      Record r;
      r.identity = identity(model, seed);
      r.scores = {{"rmse", "", 1.0, ""}};
      r.n_test = kPoints;
      const StoredPrediction stored{prediction.subset(rows), y(rows), 0, {{50}, {51}, rows}};
      store.save(r, &stored);
    }
  }
  return Json(to_json(make_leaderboard({store})));
}

TEST_CASE("cross scores: no leaderboard moves when rows of the table are permuted", "[results]") {
  const Json before = board(false), after = board(true);
  const auto in = [](const Json& b, const char* what) { return b.at("datasets").at("boston").at(what); };
  CHECK(in(before, "absent") == in(after, "absent"));
  CHECK(in(before, "models").size() == 6);
  int compared = 0;
  const Json models = in(before, "models"), others = in(after, "models");
  for (const auto& [model, scores] : models.items())
    for (const auto& [key, score] : scores.items()) {
      const Json pairs = key == "xll" ? score : Json{{"", score}};
      const Json& other = others.at(model).at(key);
      for (const auto& [reference, value] : pairs.items()) {
        INFO(model << " " << key << " " << reference);
        const Json& moved = reference.empty() ? other : other.at(reference);
        CHECK(value.at("n") == moved.at("n"));
        CHECK(std::abs(value.at("mean").get<double>() - moved.at("mean").get<double>()) < 1e-9);
        ++compared;
      }
    }
  CHECK(compared > 25);
  // Those that tell no point from another are no references, and the board says so.
  for (const char* blind : {"constant", "independent", "two"})
    CHECK_THAT(in(before, "absent").at("p").at(std::string("xll.") + blind).get<std::string>(),
               test::contains("names no neighbours"));
  CHECK(in(before, "models").at("constant").at("xll").size() == 3);
}

}  // namespace
}  // namespace predcorr
