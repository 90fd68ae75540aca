// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/greedy.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <limits>

#include "tests/metrics/acquisition/brute_force.hpp"

namespace predcorr::metrics {
namespace {

const std::vector<std::string> kBatchCriteria = {
    "bmig", "vtl", "itl", "ctl", "max_determinant", "bait", "core_set", "lcmd", "k_means_plus_plus"};

TEST_CASE("greedy: ties to the lower position, gains are scores, and the last pick is not conditioned on",
          "[metrics]") {
  Vector scores{{1, 4, 4, 2}};
  Rows taken;
  const Selection chosen = pick_greedily(
      "x", 3, [&] { return scores; },
      [&](Index q, double gain) {
        CHECK(gain == scores(q));
        taken.push_back(q);
        scores(q) = -std::numeric_limits<double>::infinity();
      });
  CHECK(chosen.picks == Rows{1, 2, 3});
  CHECK(chosen.gains == std::vector<double>{4, 4, 2});
  CHECK(taken == Rows{1, 2});
}

TEST_CASE("greedy: no point left is an error that names the criterion", "[metrics]") {
  const Vector none = Vector::Constant(3, -std::numeric_limits<double>::infinity());
  CHECK(test::error_of([&] { pick_greedily("x", 2, [&] { return none; }, [](Index, double) {}); }) ==
        "numerical: x: no pool point is left with any variance after 0 picks");
}

TEST_CASE("batch criteria: a pool of one", "[metrics]") {
  for (const std::string& name : kBatchCriteria)
    for (const auto& [form, p] : test::random_forms(5, 3, 1)) {
      INFO(name << ", " << form);
      const Selection only = test::select(name, p, 1, 3);
      CHECK(only.picks == Rows{0});
      REQUIRE(only.gains.size() == 1);
      CHECK(std::isfinite(only.gains[0]));
    }
}

TEST_CASE("batch criteria: a pool that knows nothing of the targets, or of itself", "[metrics]") {
  JointPrediction p = test::random_prediction(7, 2, 1);
  p.latent = Covariance::dense(Matrix::Identity(7, 7));
  p.noise_variance.setOnes();
  for (const std::string& name : kBatchCriteria) {
    INFO(name);
    const Selection all = test::select(name, p, 4, 4);
    if (name != "k_means_plus_plus") CHECK(all.picks == Rows{0, 1, 2, 3});
    const double information = 0.5 * std::log(2.0);  // of each point about itself; half of its variance goes
    const std::map<std::string, double> last = {{"bmig", 0},
                                                {"vtl", -3},
                                                {"itl", 0},
                                                {"ctl", 0},
                                                {"max_determinant", 4 * information},
                                                {"bait", -2},
                                                {"core_set", 0},
                                                {"lcmd", 0},
                                                {"k_means_plus_plus", 0}};
    CHECK(all.gains[3] == Approx(last.at(name)).margin(1e-12));
  }
}

TEST_CASE("batch criteria: the whole pool, each point once, gains finite", "[metrics]") {
  for (const std::string& name : kBatchCriteria)
    for (const auto& [form, p] : test::random_forms(34, 4, 6)) {
      INFO(name << ", " << form);
      const Selection all = test::select(name, p, 30, 30);
      Rows sorted = all.picks;
      std::sort(sorted.begin(), sorted.end());
      CHECK(sorted == consecutive_rows(0, 30));
      for (const double gain : all.gains) CHECK(std::isfinite(gain));
    }
}

TEST_CASE("batch criteria: points without noise that are determined are not picked", "[metrics]") {
  // Rank 3: after three picks nothing but rounding is left in the pool.
  JointPrediction p = test::random_prediction(20, 3, 6);
  p.noise_variance.setZero();
  for (const char* name : {"itl", "bait"})
    for (const JointPrediction& form : {p, test::densified(p)}) {
      INFO(name);
      CHECK(test::select(name, form, 15, 3).picks.size() == 3);
      CHECK(test::error_of([&] { test::select(name, form, 15, 4); }) ==
            "numerical: " + std::string(name) + ": no pool point is left with any variance after 3 picks");
    }
}

TEST_CASE("batch criteria: the same bits at one thread and several", "[metrics]") {
  for (const std::string& name : kBatchCriteria)
    for (const auto& [form, p] : test::random_forms(700, 8, 6)) {
      INFO(name << ", " << form);
      const Selection several = test::select(name, p, 600, 4);
      const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
      const Selection alone = test::select(name, p, 600, 4);
      CHECK(alone.picks == several.picks);
      CHECK(alone.gains == several.gains);
    }
}

}  // namespace
}  // namespace predcorr::metrics
