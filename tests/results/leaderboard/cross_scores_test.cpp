// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/cross_scores.hpp"

#include <cmath>
#include <numbers>

#include "results/leaderboard/leaderboard.hpp"
#include "tests/results/hand_made_run.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::HandMadeRun;

const Vector kTargets{{1, 2, -1, 0.5}};

/// Four points in two pairs, which are each other's nearest: within a pair this correlation, none between the pairs.
struct Pairs {
  double mean, variance, correlation;

  JointPrediction prediction() const {
    Matrix latent = Matrix::Zero(4, 4);
    for (const Index first : {0, 2}) {
      latent(first, first) = latent(first + 1, first + 1) = 0.75 * variance;
      latent(first, first + 1) = latent(first + 1, first) = correlation * variance;
    }
    return {Vector::Constant(4, mean), Covariance::dense(latent), Vector::Constant(4, 0.25 * variance)};
  }
};
const Pairs kNear{0, 1, 0.6}, kFar{1, 4, -0.5}, kThird{0.5, 2, 0.3};

/// Of groups of two: the log density of two normals with the reference's mean and variance and the model's correlation,
/// for a point, over both pairs.
double by_hand(const Pairs& model, const Pairs& reference) {
  const double r = model.correlation, rest = 1 - r * r;
  double sum = 0;
  for (const Index first : {0, 2}) {
    const double a = (kTargets(first) - reference.mean) / std::sqrt(reference.variance),
                 b = (kTargets(first + 1) - reference.mean) / std::sqrt(reference.variance);
    sum += -std::log(2 * std::numbers::pi * reference.variance) - 0.5 * std::log(rest) -
           (a * a - 2 * r * a * b + b * b) / (2 * rest);
  }
  return sum / 4;
}

Json models_of(const Store& store) {
  const Json board = to_json(make_leaderboard({store}));
  return board.at("datasets").at("boston").at("models");
}

TEST_CASE("cross scores: XLL and its ranks on a leaderboard are those worked out by hand", "[results]") {
  const HandMadeRun run({"near", "far"}, {1});
  run.add("near", 1, kTargets, kNear.prediction());
  run.add("far", 1, kTargets, kFar.prediction());
  const Json models = models_of(run.store());
  const auto of = [&](const char* model, const char* reference) {
    return models.at(model).at("xll").at(reference).at("mean").get<double>();
  };
  CHECK(of("near", "near") == close(by_hand(kNear, kNear)));
  CHECK(of("near", "far") == close(by_hand(kNear, kFar)));
  CHECK(of("far", "near") == close(by_hand(kFar, kNear)));
  CHECK(of("far", "far") == close(by_hand(kFar, kFar)));
  CHECK(models.at("near").at("xll_mean").at("mean").get<double>() ==
        close((by_hand(kNear, kNear) + by_hand(kNear, kFar)) / 2));
  double rank = 0;
  for (const Pairs& reference : {kNear, kFar}) rank += by_hand(kNear, reference) > by_hand(kFar, reference) ? 0.5 : 1;
  CHECK(models.at("near").at("xllr").at("mean").get<double>() == rank);
  CHECK(models.at("far").at("xllr").at("mean").get<double>() == 3 - rank);
}

TEST_CASE("cross scores: a control is scored as a guest and moves nobody", "[results]") {
  const HandMadeRun without({"near", "far"}, {1}),
      with({"near", "far", "near, shuffled"}, {1}, [](Run& run) { run.controls = {{"near, shuffled", "near"}}; });
  for (const HandMadeRun* run : {&without, &with}) {
    run->add("near", 1, kTargets, kNear.prediction());
    run->add("far", 1, kTargets, kFar.prediction());
  }
  with.add("near, shuffled", 1, kTargets, kThird.prediction());
  const Json before = models_of(without.store()), after = models_of(with.store());
  CHECK(before.at("near") == after.at("near"));
  CHECK(before.at("far") == after.at("far"));
  const Json& control = after.at("near, shuffled");
  CHECK(control.at("xll").size() == 2);
  CHECK(control.at("xll_mean").at("mean").get<double>() == close((by_hand(kThird, kNear) + by_hand(kThird, kFar)) / 2));
}

TEST_CASE("cross scores: what was not kept cannot be compared, and the others are", "[results]") {
  const HandMadeRun run({"near", "far", "gone"}, {1});
  run.add("near", 1, kTargets, kNear.prediction());
  run.add("far", 1, kTargets, kFar.prediction());
  run.add("gone", 1, {{"rmse", "", 2.0, ""}});
  const Json board = to_json(make_leaderboard({run.store()})), content = board.at("datasets").at("boston");
  CHECK(content.at("absent").at("gone").at("xllr") == "its prediction was not kept (--keep scores)");
  CHECK_FALSE(content.at("models").at("gone").contains("xllr"));
  CHECK(content.at("models").at("near").at("xll").size() == 2);
}

TEST_CASE("cross scores: in a seed that a compared model lacks there are none", "[results]") {
  const HandMadeRun run({"near", "far"}, {1, 2, 3});
  for (const std::uint64_t seed : {1, 2, 3}) run.add("near", seed, kTargets, kNear.prediction());
  for (const std::uint64_t seed : {1, 2}) run.add("far", seed, kTargets, kFar.prediction());
  const Json models = models_of(run.store());
  for (const char* model : {"near", "far"}) {
    CHECK(models.at(model).at("xllr").at("n") == 2);
    CHECK(models.at(model).at("xll").at("far").at("n") == 2);
  }
  CHECK(models.at("near").at("rmse").at("n") == 3);
  const std::vector<Store> stores = {run.store()};
  const RunIndex records = index_runs(stores);
  const CrossScores scores = cross_scores(records, "boston", cross_metrics_of(records.runs));
  REQUIRE(scores.at(3).size() == 1);
  CHECK(scores.at(3)[0].label == "near");
  for (const Score& score : scores.at(3)[0].scores) {
    CHECK_FALSE(score.value);
    CHECK(score.reason == "models are compared with each other, and in seed 3 'far' is lacking");
  }
}

TEST_CASE("cross scores: models that were tested on other targets are not compared", "[results]") {
  const HandMadeRun run({"near", "far"}, {1});
  run.add("near", 1, kTargets, kNear.prediction());
  run.add("far", 1, -kTargets, kFar.prediction());
  CHECK(test::error_of([&] { make_leaderboard({run.store()}); }) ==
        "data: boston seed 1: the test targets of model 'far' differ from those of 'near'");
}

TEST_CASE("cross scores: metrics that several folders ask for are computed once", "[results]") {
  const auto asking = [](const Json& parameters) {
    Run run = test::run_of("fixture");
    run.cross_metrics = {{.name = "xll", .parameters = parameters}};
    return run;
  };
  const Run two = asking({{"neighbours", 2}}), three = asking({{"neighbours", 3}}),
            named = asking({{"neighbours", 2}, {"references", {"near"}}}),
            other = asking({{"neighbours", 2}, {"references", {"far"}}});
  CHECK(cross_metrics_of({}).empty());
  CHECK(cross_metrics_of({two, two}).size() == 1);
  CHECK(cross_metrics_of({two, three}).size() == 2);
  CHECK(cross_metrics_of({named, other}).size() == 2);
  // A frozen pool is in the place of the models that suites name.
  CHECK(cross_metrics_of({named, other}, true).size() == 1);
}

}  // namespace
}  // namespace predcorr
