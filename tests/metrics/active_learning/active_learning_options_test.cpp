// SPDX-License-Identifier: Apache-2.0
// What options may say beside rounds and batch: initial rows, update and stop.
#include <algorithm>
#include <set>

#include "core/prediction/conditioning.hpp"
#include "datasets/target_variation.hpp"
#include "tests/metrics/learning_runs.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

using test::learner;
using test::picks;
using test::ridge;
using test::rmse_of;
using test::run;
using test::toy;

Rows first_picks_and_rest(const LearningRound& round, std::size_t pool) {
  Rows acquired = round.acquired;
  CHECK(acquired.size() == pool);
  std::sort(acquired.begin(), acquired.end());
  return acquired;
}

TEST_CASE("active_learning: begins with part of the training rows, the same for everybody", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 0}}, 3);
  const LearningOptions few{.rounds = 1, .batch = 100, .initial = {6.0}};
  const auto rounds = run("bmig", &gp, {ridge("ridge")}, few);
  REQUIRE(rounds.size() == 2);
  CHECK(rounds[0].n_train == 6);
  CHECK(rounds[1].n_train == 35);
  // Everything that was not there at first is in the pool, whoever selects and predicts.
  const Rows rest = first_picks_and_rest(rounds[1], 29);
  const Split& split = toy().split();
  Rows left;
  for (const Index row : split.train)
    if (std::find(rest.begin(), rest.end(), row) != rest.end()) left.push_back(row);
  CHECK(left.size() == 9);
  for (const Index row : split.pool) CHECK(std::find(rest.begin(), rest.end(), row) != rest.end());
  CHECK(first_picks_and_rest(run("random", nullptr, {gp}, few).at(1), 29) == rest);
  CHECK(first_picks_and_rest(run("tig", &gp, {}, few).at(1), 29) == rest);
  CHECK(first_picks_and_rest(run("random", nullptr, {gp}, few, 2).at(1), 29) != rest);  // another seed's
  // A smaller start is part of a larger one, and a part of the rows is a count of them.
  LearningOptions fewer = few;
  fewer.initial = {0.2};
  const auto smaller = run("random", nullptr, {gp}, fewer);
  CHECK(smaller.at(0).n_train == 3);
  const Rows more = first_picks_and_rest(smaller.at(1), 32);
  CHECK(std::includes(more.begin(), more.end(), rest.begin(), rest.end()));
  // Round 0 is a fit to those rows alone.
  Rows start;
  for (const Index row : split.train)
    if (std::find(rest.begin(), rest.end(), row) == rest.end()) start.push_back(row);
  const TrainingSet training = toy().training(start);
  const NamedModel soft = ridge("ridge");
  const JointPrediction p = training.to_target_units(
      soft.model->fit(training.data, soft.stream.fork("fit", 0))->predict(toy().inputs(split.test)));
  const EvaluationData evaluation{.y = toy().targets(split.test), .n_pool = 0, .oracle = std::nullopt};
  CHECK(rmse_of(rounds[0], "ridge") == test::close(test::score("rmse", evaluation, p)));
}

TEST_CASE("active_learning: all training rows, or more than there are, change nothing", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 0}}, 3);
  const auto all = run("bmig", &gp, {gp}, {.rounds = 2, .batch = 3});
  for (const double amount : {15.0, 200.0}) {
    const auto same = run("bmig", &gp, {gp}, {.rounds = 2, .batch = 3, .initial = {amount}});
    CHECK(picks(same) == picks(all));
    for (std::size_t k = 0; k < 3; ++k) CHECK(rmse_of(same[k], "gp") == rmse_of(all[k], "gp"));
  }
}

TEST_CASE("active_learning: a start whose targets are all equal is drawn again, the same for everybody", "[metrics]") {
  struct MostlyZero : DatasetSource {
    Dataset load(const DataRequest&) const override {
      Dataset data;
      data.name = "rain";
      data.inputs = Vector::LinSpaced(100, -1, 1);
      data.targets = Vector::Zero(100);
      for (Index i = 0; i < 100; i += 7) data.targets(i) = static_cast<double>(1 + i);
      data.input_names = {"x"};
      data.target_name = "y";
      return data;
    }
  };
  const NamedModel gp = learner("gp", "gp", {{"steps", 0}}, 3), flat = learner("flat", "constant", Json::object(), 1);
  const auto rmse = Registry<Metric>::instance().make({.name = "rmse"}, "test").object;
  const auto random = Registry<Criterion>::instance().make({.name = "random"}, "test").object;
  int varied = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    DataRequest request;
    request.protocol.name = ProtocolName::modern;
    request.seed = seed;
    const Problem problem(MostlyZero(), request);
    if (!varies(problem.targets(problem.split().train))) continue;
    ++varied;
    // Of 3 rows at random, all have the target 0 in two thirds of draws.
    const LearningOptions few{.rounds = 1, .batch = 1000, .initial = {3.0}};
    const auto started = [&](const NamedModel& predictor) {
      return learn_actively(problem, *random, nullptr, {predictor}, few, {rmse.get()}, Stream(seed));
    };
    const auto rounds = started(gp);
    Rows acquired = rounds.at(1).acquired, start;
    for (const Index row : problem.split().train)
      if (std::find(acquired.begin(), acquired.end(), row) == acquired.end()) start.push_back(row);
    CHECK(start.size() == 3);
    CHECK(varies(problem.targets(start)));
    CHECK(picks(started(flat)) == picks(rounds));
    // One row alone cannot vary, and that is said.
    LearningOptions one = few;
    one.initial = {1.0};
    CHECK(test::missing(
              test::error_of([&] { learn_actively(problem, *random, nullptr, {gp}, one, {rmse.get()}, Stream(seed)); }),
              {"data: rain: 1 training row(s); at least 2"}) == "");
  }
  CHECK(varied >= 6);
}

TEST_CASE("active_learning: rows left out of the start stand at the pool's end", "[metrics]") {
  // variance of a constant model is the same everywhere: ties go to the lower position.
  const NamedModel flat = learner("constant", "constant", Json::object(), 1);
  const auto rounds = run("variance", &flat, {flat}, {.rounds = 2, .batch = 20, .initial = {5.0}});
  CHECK(rounds.at(1).acquired == toy().split().pool);
  CHECK(rounds.at(2).acquired.size() == 10);
}

TEST_CASE("active_learning: the exact posterior learns the same by conditioning as by fits", "[metrics]") {
  const NamedModel oracle = learner("oracle", "oracle", Json::object(), 1);
  for (const char* criterion : {"bmig", "tig", "random"}) {
    INFO(criterion);
    const NamedModel* selector = std::string(criterion) == "random" ? nullptr : &oracle;
    LearningOptions options{.rounds = 4, .batch = 3, .initial = {8.0}};
    const auto refit = run(criterion, selector, {oracle}, options);
    options.update = LearningUpdate::condition;
    const auto by_conditioning = run(criterion, selector, {oracle}, options);
    CHECK(picks(by_conditioning) == picks(refit));
    REQUIRE(by_conditioning.size() == 5);
    for (std::size_t k = 0; k < 5; ++k) {
      CHECK(by_conditioning[k].n_train == refit[k].n_train);
      CHECK(rmse_of(by_conditioning[k], "oracle") == test::close(rmse_of(refit[k], "oracle"), 1e-7));
    }
  }
}

TEST_CASE("active_learning: conditioning is of the first joint prediction on the targets acquired", "[metrics]") {
  // Networks' samples (a float factor), a forest's members, a dense GP: none is fitted twice.
  const std::vector<NamedModel> learners = {
      learner("gp", "gp", {{"steps", 10}}, 3), ridge("ridge"),
      learner("ensemble", "deep-ensemble", {{"members", 6}, {"epochs", 3}, {"units", 5}}, 4)};
  const LearningOptions options{.rounds = 3, .batch = 4, .update = LearningUpdate::condition};
  const Rows &pool = toy().split().pool, &test = toy().split().test;
  const EvaluationData evaluation{.y = toy().targets(test), .n_pool = 0, .oracle = std::nullopt};
  for (const NamedModel& selector : learners) {
    const auto rounds = run("bmig", &selector, learners, options);
    REQUIRE(rounds.size() == 4);
    for (const NamedModel& l : learners) {
      const TrainingSet training = toy().training(toy().split().train);
      const JointPrediction first = training.to_target_units(
          l.model->fit(training.data, l.stream.fork("fit", 0))->predict(toy().inputs(joined(pool, test))));
      Rows seen, positions;
      for (std::size_t k = 0; k < rounds.size(); ++k) {
        INFO(selector.label << " selects, " << l.label << " predicts, round " << k);
        seen = joined(seen, rounds[k].acquired);
        positions.clear();
        for (const Index row : seen) positions.push_back(std::find(pool.begin(), pool.end(), row) - pool.begin());
        const JointPrediction now = condition_on(first, positions, toy().targets(seen));
        const JointPrediction p = now.subset(consecutive_rows(std::ssize(pool), std::ssize(test)));
        const auto& scores = rounds[k].scores.at(l.label);
        CHECK(scores[0].value.value() == test::close(test::score("rmse", evaluation, p), 1e-5));
        CHECK(scores[1].value.value() == test::close(test::score("joint_log_likelihood", evaluation, p), 1e-4));
        if (l.label != selector.label || k + 1 == rounds.size()) continue;
        // And the next picks are the criterion's, of what is left.
        Rows rest;
        for (Index i = 0; i < now.size(); ++i)
          if (std::find(positions.begin(), positions.end(), i) == positions.end()) rest.push_back(i);
        Rows wanted;
        for (const Index i : test::select("bmig", now.subset(rest), std::ssize(pool) - std::ssize(positions), 4).picks)
          wanted.push_back(pool[static_cast<std::size_t>(rest[static_cast<std::size_t>(i)])]);
        CHECK(rounds[k + 1].acquired == wanted);
      }
    }
  }
}

TEST_CASE("active_learning: conditioning teaches through correlations alone", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 10}}, 3);
  const NamedModel apart = learner("apart", "control-independent", {{"base", "gp"}}, 3);
  const auto rounds = run("bmig", &gp, {gp, apart}, {.rounds = 3, .batch = 5, .update = LearningUpdate::condition});
  CHECK(rmse_of(rounds.at(3), "gp") < 0.9 * rmse_of(rounds.at(0), "gp"));
  CHECK(rmse_of(rounds.at(3), "apart") == rmse_of(rounds.at(0), "apart"));
}

TEST_CASE("active_learning: both updates begin alike, and every criterion works with both", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 0}}, 3);
  for (const std::string& criterion : Registry<Criterion>::instance().names()) {
    INFO("criterion " << criterion);
    LearningOptions options{.rounds = 3, .batch = 6, .initial = {5.0}};
    const auto refit = run(criterion, &gp, {ridge("ridge")}, options);
    options.update = LearningUpdate::condition;
    const auto rounds = run(criterion, &gp, {ridge("ridge")}, options);
    REQUIRE(rounds.size() == 4);
    CHECK(rounds[1].acquired == refit[1].acquired);
    CHECK(rmse_of(rounds[0], "ridge") == test::close(rmse_of(refit[0], "ridge"), 1e-6));
    std::set<Index> seen;
    for (const LearningRound& round : rounds)
      for (const Index row : round.acquired) CHECK(seen.insert(row).second);
    CHECK(seen.size() == 18);
  }
}

TEST_CASE("active_learning: references select and predict under every option", "[metrics]") {
  const Json small = {{"steps", 3}, {"rows", 20}};
  const std::vector<NamedModel> references = {learner("oracle", "oracle", Json::object(), 1),
                                              learner("hindsight", "gp-hindsight", small, 2)};
  for (const LearningUpdate update : {LearningUpdate::refit, LearningUpdate::condition})
    for (const NamedModel& selector : references) {
      INFO(word_of(update) << ", " << selector.label);
      LearningOptions options{.rounds = 2, .batch = 4, .initial = {0.5}, .update = update};
      options.stop = {.patience = 5, .rmse = 0.0, .gain = 0.0};
      for (const auto& rounds :
           {run("bmig", &selector, {references}, options), run("random", nullptr, {references}, options)}) {
        REQUIRE(rounds.size() == 3);
        CHECK(rounds[0].n_train == 7);
        for (const LearningRound& round : rounds) CHECK(round.scores.size() == 2);
      }
      CHECK(run("random", nullptr, {selector}, options).size() == 3);
    }
}

TEST_CASE("active_learning: ends when the best predictor has not improved for a while", "[metrics]") {
  const NamedModel flat = learner("constant", "constant", Json::object(), 1);
  const NamedModel gp = learner("gp", "gp", {{"steps", 0}}, 3);
  const std::vector<NamedModel> both = {flat, gp};
  for (const int patience : {1, 2, 3}) {
    LearningOptions options{.rounds = 10, .batch = 2};
    const auto whole = run("random", nullptr, both, options);
    REQUIRE(whole.size() == 11);
    // By hand: the first round that ends `patience` rounds without a new best.
    std::size_t best = 0, last = 0;
    const auto value = [&](std::size_t k) { return std::min(rmse_of(whole[k], "gp"), rmse_of(whole[k], "constant")); };
    for (last = 0; last < 10; ++last) {
      if (value(last) < value(best)) best = last;
      if (last - best >= static_cast<std::size_t>(patience)) break;
    }
    options.stop.patience = patience;
    const auto rounds = run("random", nullptr, both, options);
    INFO("patience " << patience << ", ends at " << last);
    REQUIRE(rounds.size() == last + 1);
    for (std::size_t k = 0; k <= last; ++k) {
      CHECK(rounds[k].acquired == whole[k].acquired);
      CHECK(rmse_of(rounds[k], "gp") == rmse_of(whole[k], "gp"));
      CHECK(rounds[k].stopped.has_value() == (k == last && last < 10));
    }
    if (last == 10) continue;
    CHECK(rounds[last].stopped->rule == "patience");
    Rows left;
    for (std::size_t k = last + 1; k <= 10; ++k) left.push_back(whole[k].n_train);
    CHECK(rounds[last].stopped->n_train == left);
  }
  // Without correlations nothing is learned by conditioning: never better than at first.
  const NamedModel apart = learner("apart", "control-independent", {{"base", "gp"}}, 3);
  LearningOptions options{.rounds = 10, .batch = 2, .update = LearningUpdate::condition};
  options.stop.patience = 3;
  CHECK(run("random", nullptr, {apart}, options).size() == 4);
}

TEST_CASE("active_learning: ends when every predictor is good enough", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 0}}, 3);
  const std::vector<NamedModel> both = {ridge("ridge"), gp};
  LearningOptions options{.rounds = 10, .batch = 2};
  const auto whole = run("random", nullptr, both, options);
  const double wanted = std::max(rmse_of(whole[6], "gp"), rmse_of(whole[6], "ridge"));
  std::size_t first = 0;
  while (std::max(rmse_of(whole[first], "gp"), rmse_of(whole[first], "ridge")) > wanted) ++first;
  options.stop.rmse = wanted;
  const auto rounds = run("random", nullptr, both, options);
  CHECK(rounds.size() == first + 1);
  CHECK(rounds.back().stopped->rule == "rmse");
  options.stop.rmse = 1e6;
  const auto none = run("random", nullptr, both, options);
  REQUIRE(none.size() == 1);
  CHECK(none[0].stopped->n_train == Rows{17, 19, 21, 23, 25, 27, 29, 31, 33, 35});
  // The last round needs no rule, and without predictors there is nothing to wait for.
  options.rounds = static_cast<int>(first);
  options.stop.rmse = wanted;
  CHECK_FALSE(run("random", nullptr, both, options).back().stopped.has_value());
  options.stop.rmse = 1e6;
  options.rounds = 3;
  CHECK(run("random", nullptr, {}, options).size() == 4);
}

TEST_CASE("active_learning: ends before a batch that is not worth it", "[metrics]") {
  const NamedModel gp = learner("gp", "gp", {{"steps", 0}}, 3);
  for (const LearningUpdate update : {LearningUpdate::refit, LearningUpdate::condition})
    for (const char* criterion : {"bmig", "vtl", "variance"}) {
      INFO(criterion << ", " << word_of(update));
      LearningOptions options{.rounds = 6, .batch = 2, .update = update};
      const auto whole = run(criterion, &gp, {ridge("ridge")}, options);
      REQUIRE(whole.size() == 7);
      CHECK_FALSE(whole[0].gain.has_value());
      // A little more than the third batch promised: the rounds before it that promised less end the loop.
      const double least = whole[3].gain.value() + 1e-9;
      std::size_t refused = 1;
      while (whole[refused].gain.value() >= least) ++refused;
      options.stop.gain = least;
      const auto rounds = run(criterion, &gp, {ridge("ridge")}, options);
      REQUIRE(rounds.size() == refused);
      CHECK(rounds.back().stopped->rule == "gain");
      CHECK(rounds.back().stopped->n_train.size() == 7 - refused);
      for (std::size_t k = 0; k < refused; ++k) CHECK(rounds[k].acquired == whole[k].acquired);
    }
  // Random picks have no gain.
  LearningOptions options{.rounds = 2, .batch = 2};
  options.stop.gain = 1e9;
  const auto random = run("random", nullptr, {ridge("ridge")}, options);
  CHECK(random.size() == 3);
  CHECK_FALSE(random[1].gain.has_value());
}

}  // namespace
}  // namespace predcorr
