// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("criterion: the best are taken, ties to the lower position", "[metrics]") {
  const Vector scores{{2, 5, 1, 5, 2, 5, 0}};
  const Selection best = take_best(scores, 5);
  CHECK(best.picks == Rows{1, 3, 5, 0, 4});
  CHECK(best.gains == std::vector<double>{5, 5, 5, 2, 2});
  CHECK(take_best(scores, 0).picks.empty());
  CHECK(take_best(Vector::Zero(4), 4).picks == Rows{0, 1, 2, 3});
  CHECK(take_best(Vector{{-3, -1, -2}}, 3).picks == Rows{1, 2, 0});
}

TEST_CASE("criterion: a batch larger than the pool is the whole pool", "[metrics]") {
  const JointPrediction p = test::random_prediction(9, 4, 1);
  for (const std::string& name : Registry<Criterion>::instance().names()) {
    INFO("criterion " << name);
    const Selection all = test::select(name, p, 6, 100);
    CHECK(all.picks.size() == 6);
    CHECK(all.gains.size() == 6);
    CHECK(std::set<Index>(all.picks.begin(), all.picks.end()) == std::set<Index>{0, 1, 2, 3, 4, 5});
    CHECK(test::select(name, p, 6, 0).picks.empty());
  }
}

TEST_CASE("criterion: a batch begins as a smaller one does", "[metrics]") {
  const JointPrediction p = test::random_prediction(30, 8, 2);
  for (const std::string& name : Registry<Criterion>::instance().names()) {
    INFO("criterion " << name);
    const Selection many = test::select(name, p, 20, 9);
    Selection few = test::select(name, p, 20, 4);
    CHECK(few.picks == Rows(many.picks.begin(), many.picks.begin() + 4));
    CHECK(few.gains == std::vector<double>(many.gains.begin(), many.gains.begin() + 4));
  }
}

TEST_CASE("criterion: dense and factored predictions give the same picks", "[metrics]") {
  const JointPrediction p = test::random_prediction(40, 12, 3);
  for (const std::string& name : Registry<Criterion>::instance().names()) {
    INFO("criterion " << name);
    CHECK(test::select(name, p, 25, 8).picks == test::select(name, test::densified(p), 25, 8).picks);
  }
}

TEST_CASE("criterion: units of the target do not matter", "[metrics]") {
  const JointPrediction p = test::random_prediction(40, 12, 3);
  for (const std::string& name : Registry<Criterion>::instance().names()) {
    INFO("criterion " << name);
    CHECK(test::select(name, p, 25, 8).picks == test::select(name, p.affine(-1e3, 5), 25, 8).picks);
  }
}

TEST_CASE("criterion: only random needs no prediction", "[metrics]") {
  REQUIRE(Registry<Criterion>::instance().names().size() >= 5);
  for (const std::string& name : Registry<Criterion>::instance().names()) {
    INFO("criterion " << name);
    const auto criterion = Registry<Criterion>::instance().make({.name = name}, "test").object;
    CHECK(criterion->needs_prediction() == (name != "random"));
  }
}

TEST_CASE("criterion: a prediction without targets and negative sizes are refused", "[metrics]") {
  const JointPrediction p = test::random_prediction(5, 2, 1);
  CHECK(test::error_of([&] { test::select("variance", p, 5, 2); }) ==
        "shape: select: a prediction of 5 points has no targets beside a pool of 5");
  CHECK(test::error_of([&] { test::select("mig", p, 9, 2); }) ==
        "shape: select: a prediction of 5 points has no targets beside a pool of 9");
  CHECK(test::error_of([&] { test::select("random", p, -1, 2); }) ==
        "shape: select: pool -1 and batch 2 must not be negative");
  CHECK(test::error_of([&] { test::select("bmig", p, 3, -2); }) ==
        "shape: select: pool 3 and batch -2 must not be negative");
}

}  // namespace
}  // namespace predcorr
