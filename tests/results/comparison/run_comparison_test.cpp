// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/run_comparison.hpp"

#include <random>

#include "results/comparison/comparison_report.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

/// One model with one score on one data set.
BoardValues board(const SeedValues& values, Direction better = Direction::lower, double overlap = 0) {
  BoardValues board{"board", {{{"s"}, better}}, {}};
  board.datasets["d"].overlap = overlap;
  board.datasets["d"].models["m"][{"s"}] = values;
  return board;
}

SeedValues values_from(std::uint64_t first, const std::vector<double>& list) {
  SeedValues values;
  for (const double value : list) values[first++] = value;
  return values;
}

ScoreChange only_change(const BoardValues& before, const BoardValues& after) {
  const RunComparison comparison = compare_runs(before, after);
  REQUIRE(comparison.changes.size() == 1);
  return comparison.changes[0];
}

TEST_CASE("comparison: equal seeds are compared in pairs", "[results]") {
  // Differences 4, 5, 6: mean 5, standard error 1 / sqrt(3), t = 8.66 with 2 degrees of freedom: p = 0.01307 by SciPy.
  const ScoreChange change = only_change(board(values_from(1, {1, 2, 3})), board(values_from(1, {5, 7, 9})));
  CHECK(change.paired);
  CHECK(change.difference() == test::close(5));
  CHECK(change.p.value() == test::close(0.013072457560346513));
  CHECK(change.change == Change::worse);
  CHECK(only_change(board(values_from(1, {1, 2, 3}), Direction::higher),
                    board(values_from(1, {5, 7, 9}), Direction::higher))
            .change == Change::better);
}

TEST_CASE("comparison: values that agree in every common seed are the same, whatever other seeds there are",
          "[results]") {
  const ScoreChange change = only_change(board(values_from(1, {1, 2, 3})), board(values_from(2, {2, 3 + 1e-10, 90})));
  CHECK(change.change == Change::same);
  CHECK(change.before == 2);
}

TEST_CASE("comparison: without a common seed the means are compared by Welch's test", "[results]") {
  const ScoreChange change = only_change(board(values_from(1, {1, 2, 4})), board(values_from(11, {5, 7, 9, 12})));
  CHECK_FALSE(change.paired);
  CHECK(change.before == 3);
  CHECK(change.after == 4);
  const Json& reference = test::reference("statistics_reference.json").at("welch");
  CHECK(change.p.value() == test::close(reference.at("p").get<double>()));
  CHECK(change.interval->low == test::close(reference.at("interval").at(0).get<double>()));
  CHECK(change.interval->high == test::close(reference.at("interval").at(1).get<double>()));
}

TEST_CASE("comparison: one seed leaves open whether a change is noise", "[results]") {
  CHECK(only_change(board({{1, 1.0}}), board({{1, 2.0}})).change == Change::untested);
  CHECK(only_change(board({{1, 1.0}}), board({{2, 2.0}})).change == Change::untested);
}

TEST_CASE("comparison: splits that share rows need a larger difference", "[results]") {
  const SeedValues before = values_from(1, {1, 2, 3}), after = values_from(1, {5, 7, 9});
  CHECK(only_change(board(before, Direction::lower, 0.2), board(after, Direction::lower, 0.2)).p.value() >
        only_change(board(before), board(after)).p.value());
}

TEST_CASE("comparison: what came and went is named, scores without a direction are left out", "[results]") {
  BoardValues before = board(values_from(1, {1, 2})), after = before;
  before.datasets["d"].models["old"][{"s"}] = {{1, 1.0}};
  after.datasets["d"].models["new"][{"s"}] = {{1, 1.0}};
  before.datasets["gone"];
  after.datasets["come"];
  before.datasets["d"].models["m"][{"flat"}] = after.datasets["d"].models["m"][{"flat"}] = {{1, 1.0}};
  const RunComparison comparison = compare_runs(before, after);
  CHECK(comparison.changes.size() == 1);
  CHECK(comparison.models_gone == std::vector<std::string>{"old on d"});
  CHECK(comparison.models_new == std::vector<std::string>{"new on d"});
  CHECK(comparison.datasets_gone == std::vector<std::string>{"gone"});
  CHECK(comparison.datasets_new == std::vector<std::string>{"come"});
}

TEST_CASE("comparison: gates refuse what changed beyond noise and tolerance", "[results][schema]") {
  const RunComparison worse = compare_runs(board(values_from(1, {1, 2, 3})), board(values_from(1, {5, 7, 9})));
  CHECK(refused(worse, read_gate("s worse", 0)).size() == 1);
  CHECK(refused(worse, read_gate("s changed", 4.9)).size() == 1);
  CHECK(refused(worse, read_gate("s worse", 5.1)).empty());
  CHECK(refused(worse, read_gate("s better", 0)).empty());
  CHECK(refused(worse, read_gate("other worse", 0)).empty());
  for (const char* text : {"s", "worse", "s bad", " worse"})
    CHECK_THAT(test::error_of([&] { read_gate(text, 0); }), test::contains("--gate: must be SCORE worse"));
  CHECK_THAT(test::error_of([] { read_gate("s worse", -1); }), test::contains("--tolerance"));
  const auto gates = read_gate("s worse", 0);
  CHECK(test::schema_errors(Json(to_json(worse, gates)), "comparison") == "");
  CHECK_THAT(comparison_text(worse, gates, {}), test::contains("REFUSED s of m on d became worse: 2 to 7"));
  CHECK_THAT(comparison_markdown(worse, {}), test::contains("| m | d | s | **worse** |"));
}

/// Scores of 9 models on 3 data sets with effects of model, data set and seed, drawn anew.
BoardValues drawn_board(std::uint64_t first_seed, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  BoardValues board{"drawn", {}, {}};
  for (int score = 0; score < 5; ++score) board.directions[{"s" + std::to_string(score)}] = Direction::lower;
  for (int d = 0; d < 3; ++d)
    for (std::uint64_t seed = first_seed; seed < first_seed + 10; ++seed) {
      const double hard = normal(random);
      for (int m = 0; m < 9; ++m) {
        const double own = normal(random);
        for (int score = 0; score < 5; ++score)
          board.datasets["d" + std::to_string(d)].models["m" + std::to_string(m)][{"s" + std::to_string(score)}][seed] =
              m + hard + own + 0.5 * normal(random);
      }
    }
  return board;
}

TEST_CASE("comparison: runs that differ by seeds only are told apart no more often than is claimed", "[results]") {
  // 5 % of 200 is 10; a binomial with that mean exceeds 18 in 0.3 % of cases. Correlated scores make it fewer.
  std::mt19937_64 random(5);
  int false_alarms = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    const RunComparison comparison = compare_runs(drawn_board(1, random), drawn_board(11, random));
    CHECK(comparison.tests == 3 * 9 * 5);
    false_alarms += std::ranges::any_of(comparison.changes, [](const ScoreChange& change) {
      return change.change == Change::better || change.change == Change::worse;
    });
  }
  INFO(false_alarms << " of 200");
  CHECK(false_alarms <= 18);
}

}  // namespace
}  // namespace predcorr
