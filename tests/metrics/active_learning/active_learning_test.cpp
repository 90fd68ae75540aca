// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/active_learning.hpp"

#include <algorithm>
#include <set>

#include "tests/metrics/learning_runs.hpp"

namespace predcorr {
namespace {

using test::learner;
using test::picks;
using test::ridge;
using test::rmse_of;
using test::run;
using test::toy;

TEST_CASE("active_learning: rows of a batch", "[metrics]") {
  const LearningOptions hundredth{.rounds = 10, .batch = 0.01};
  CHECK(hundredth.batch_rows(506) == 5);
  CHECK(hundredth.batch_rows(745) == 7);
  CHECK(hundredth.batch_rows(308) == 3);
  CHECK(hundredth.batch_rows(50) == 1);
  CHECK(hundredth.batch_rows(700) == 7);  // 0.01 * 700 is 7.000000000000001 or 6.999999999999999
  CHECK(LearningOptions{.rounds = 1, .batch = 0.29}.batch_rows(100) == 29);  // 28.999999999999996 in floating point
  CHECK(LearningOptions{.rounds = 1, .batch = 5}.batch_rows(506) == 5);
  CHECK(LearningOptions{.rounds = 1, .batch = 1}.batch_rows(506) == 1);
}

TEST_CASE("active_learning: acquired rows come from the pool and never again", "[metrics]") {
  for (const std::string& criterion : Registry<Criterion>::instance().names()) {
    INFO("criterion " << criterion);
    const NamedModel selector = learner("gp", "gp", {{"steps", 0}}, 3);
    const auto rounds = run(criterion, &selector, {ridge("ridge")}, {.rounds = 4, .batch = 3});
    REQUIRE(rounds.size() == 5);
    CHECK(rounds[0].acquired.empty());
    const Rows& pool = toy().split().pool;
    std::set<Index> seen;
    for (std::size_t k = 0; k < 5; ++k) {
      CHECK(rounds[k].n_train == 15 + 3 * static_cast<Index>(k));
      CHECK(rounds[k].acquired.size() == (k == 0 ? 0 : 3));
      for (const Index row : rounds[k].acquired) {
        CHECK(std::find(pool.begin(), pool.end(), row) != pool.end());
        CHECK(seen.insert(row).second);
      }
    }
  }
}

TEST_CASE("active_learning: every round scores what a plain fit to its rows does", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 10}}, 3);
  const auto rounds = run("bmig", &gp, {ridge("ridge"), gp}, {.rounds = 2, .batch = 4});
  Rows train = toy().split().train;
  const Rows& test = toy().split().test;
  for (std::size_t k = 0; k < rounds.size(); ++k) {
    train = joined(train, rounds[k].acquired);
    const TrainingSet training = toy().training(train);
    for (const NamedModel& l : {ridge("ridge"), gp}) {
      INFO("round " << k << ", " << l.label);
      const auto posterior = l.model->fit(training.data, l.stream.fork("fit", k));
      const JointPrediction p = training.to_target_units(posterior->predict(toy().inputs(test)));
      const EvaluationData evaluation{.y = toy().targets(test), .n_pool = 0, .oracle = std::nullopt};
      const auto& scores = rounds[k].scores.at(l.label);
      REQUIRE(scores.size() == 2);
      CHECK(scores[0].value.value() == test::close(test::score("rmse", evaluation, p)));
      CHECK(scores[1].value.value() == test::close(test::score("joint_log_likelihood", evaluation, p)));
    }
  }
}

TEST_CASE("active_learning: the first picks are the criterion's own", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 10}}, 3);
  const Rows &pool = toy().split().pool, &test = toy().split().test;
  const TrainingSet training = toy().training(toy().split().train);
  const auto posterior = gp.model->fit(training.data, gp.stream.fork("fit", 0));
  const JointPrediction p = training.to_target_units(posterior->predict(toy().inputs(joined(pool, test))));
  Rows wanted;
  for (const Index position : test::select("bmig", p, std::ssize(pool), 4).picks)
    wanted.push_back(pool[static_cast<std::size_t>(position)]);
  CHECK(run("bmig", &gp, {gp}, {.rounds = 1, .batch = 4}).at(1).acquired == wanted);
}

TEST_CASE("active_learning: predictors see the same rows and never influence the picks", "[metrics]") {
  const NamedModel selector = learner("gp", "gp", {{"steps", 0}}, 3);
  const LearningOptions options{.rounds = 3, .batch = 2};
  const auto both = run("bmig", &selector, {ridge("soft", 0.1), ridge("stiff", 1000)}, options);
  const auto soft = run("bmig", &selector, {ridge("soft", 0.1)}, options);
  const auto self = run("bmig", &selector, {selector}, options), none = run("bmig", &selector, {}, options);
  CHECK(picks(both) == picks(soft));
  CHECK(picks(both) == picks(self));
  CHECK(picks(both) == picks(none));
  for (std::size_t k = 0; k < both.size(); ++k) {
    CHECK(rmse_of(both[k], "soft") == rmse_of(soft[k], "soft"));
    CHECK(rmse_of(both[k], "soft") != rmse_of(both[k], "stiff"));
  }
  // The same model under two labels scores the same: it was given the same rows.
  const auto twins = run("bmig", &selector, {ridge("a"), ridge("b")}, options);
  for (const LearningRound& round : twins) CHECK(rmse_of(round, "a") == rmse_of(round, "b"));
}

TEST_CASE("active_learning: random picks follow the stream and need no selector", "[metrics]") {
  const LearningOptions options{.rounds = 3, .batch = 4};
  const auto first = run("random", nullptr, {ridge("ridge")}, options, 1);
  CHECK(picks(first) == picks(run("random", nullptr, {ridge("other", 7, 9)}, options, 1)));
  CHECK(picks(first) != picks(run("random", nullptr, {ridge("ridge")}, options, 2)));
  CHECK(first.at(0).scores.size() == 1);
}

TEST_CASE("active_learning: ends when the pool is used up", "[metrics]") {
  const NamedModel selector = learner("gp", "gp", {{"steps", 0}}, 3);
  const auto rounds = run("bmig", &selector, {ridge("ridge")}, {.rounds = 50, .batch = 8});
  REQUIRE(rounds.size() == 4);  // 20 pool rows: 8, 8 and the 4 that are left
  CHECK(rounds[3].acquired.size() == 4);
  CHECK(rounds[3].n_train == 35);
  // With all rows acquired, the order they came in is all that differs between criteria: the fit is the same.
  const NamedModel exact = learner("exact", "gp", {{"steps", 0}}, 1);
  const auto other = run("variance", &selector, {exact}, {.rounds = 50, .batch = 20});
  const auto same = run("mig", &selector, {exact}, {.rounds = 50, .batch = 8});
  CHECK(rmse_of(other.back(), "exact") == test::close(rmse_of(same.back(), "exact"), 1e-6));
  CHECK(run("bmig", &selector, {ridge("ridge")}, {.rounds = 0, .batch = 8}).size() == 1);
}

TEST_CASE("active_learning: a criterion without the model it needs is refused", "[metrics]") {
  CHECK(test::error_of([] { run("bmig", nullptr, {ridge("ridge")}, {.rounds = 1, .batch = 1}); }) ==
        "config: active learning: the criterion needs a model to select with");
}

}  // namespace
}  // namespace predcorr
