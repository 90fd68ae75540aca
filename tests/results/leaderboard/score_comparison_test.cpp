// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/score_comparison.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const ScoreCatalogue kCatalogue({{.name = "up", .direction = Direction::higher},
                                 {.name = "down", .direction = Direction::lower},
                                 {.name = "flat"},
                                 {.name = "by", .part = "*", .direction = Direction::higher}});

using Values = std::map<std::uint64_t, double>;
using Labels = std::vector<std::string>;

void add(ScoreTable& table, const std::string& name, const Values& values, const std::string& part = "") {
  for (const auto& [seed, value] : values) table.add(seed, {name, part, value, ""});
}

TEST_CASE("scores are compared on the seeds that all have, not on each model's own", "[results]") {
  // By its own seeds "hard" is worse (4 against 2), on the common ones it is better (1 against 2).
  DatasetTables tables;
  add(tables["hard"], "down", {{1, 1}, {2, 1}, {3, 10}});
  add(tables["easy"], "down", {{1, 2}, {2, 2}});
  const auto all = compare_scores(tables, {}, kCatalogue, 0);
  const ScoreComparison& c = all.at({"down"});
  CHECK(c.leader == "hard");
  CHECK(c.find("hard")->mean == 1);
  CHECK(c.find("easy")->mean == 2);
  CHECK(c.find("nobody") == nullptr);
  CHECK(c.common.seeds == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("nobody is best where no seed is common, or there is nobody to be compared with", "[results]") {
  DatasetTables tables;
  add(tables["a"], "up", {{1, 1}});
  add(tables["b"], "up", {{2, 2}});
  add(tables["a"], "down", {{1, 1}});
  CHECK(compare_scores(tables, {}, kCatalogue, 0).at({"up"}).best.empty());
  CHECK(compare_scores(tables, {}, kCatalogue, 0).count({"down"}) == 0);
  add(tables["few"], "down", {{1, 0}});
  add(tables["a"], "down", {{2, 1}});
  const ScoreComparison left = compare_scores(tables, {}, kCatalogue, 0).at({"down"});
  CHECK(left.best.empty());
  CHECK(left.common.left_out == Labels{"few"});
}

TEST_CASE("the unranked win nothing, scores by a named reference are compared", "[results]") {
  DatasetTables tables;
  for (const char* model : {"a", "b", "oracle", "c"})
    add(tables[model], "up", {{1, model == std::string("oracle") ? 9.0 : model == std::string("c") ? 1.0 : 3.0}});
  for (const char* model : {"a", "b"}) add(tables[model], "by", {{1, model == std::string("a") ? 1.0 : 2.0}}, "a");
  for (const char* model : {"a", "b"}) add(tables[model], "flat", {{1, 1}});
  const auto all = compare_scores(tables, {"oracle"}, kCatalogue, 0);
  CHECK(all.at({"up"}).leader == "a");
  CHECK(all.at({"up"}).find("oracle") == nullptr);
  CHECK(all.at({"by", "a"}).leader == "b");
  CHECK(all.count({"flat"}) == 0);
}

TEST_CASE("one seed tells nobody apart, and no number of seeds can be named", "[results]") {
  DatasetTables tables;
  add(tables["a"], "down", {{1, 1}});
  add(tables["b"], "down", {{1, 100}});
  const ScoreComparison c = compare_scores(tables, {}, kCatalogue, 0).at({"down"});
  CHECK_FALSE(c.told_apart);
  CHECK(c.best == Labels{"a", "b"});
  CHECK_FALSE(c.seeds_needed.has_value());
  CHECK(c.find("b")->to_leader->difference == 99);
  CHECK_FALSE(c.find("b")->to_leader->p.has_value());
}

TEST_CASE("the top group has all that no test tells from the leader, in either direction of a score", "[results]") {
  // "far" is behind in every seed by 10 and a little noise, "near" by noise alone.
  for (const bool up : {false, true}) {
    DatasetTables tables;
    const char* score = up ? "up" : "down";
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      const double noise = 0.1 * static_cast<double>(seed % 3), level = static_cast<double>(seed), sign = up ? -1 : 1;
      add(tables["lead"], score, {{seed, sign * level}});
      add(tables["near"], score, {{seed, sign * (level + noise - 0.09)}});
      add(tables["far"], score, {{seed, sign * (level + 10 + noise * noise)}});
    }
    const ScoreComparison c = compare_scores(tables, {}, kCatalogue, 0).at({score});
    CHECK(c.told_apart);
    CHECK(c.leader == "lead");
    CHECK(c.best == Labels{"lead", "near"});
    CHECK(c.find("lead")->standing.letters == "a");
    CHECK(c.find("far")->standing.letters == "b");
    CHECK(c.find("far")->standing.rank_low == 3);
    CHECK(c.find("near")->standing.rank_high == 2);
    CHECK(c.find("far")->to_leader->difference == test::close(10 + (0.01 + 0.04) / 3));
    CHECK(c.find("far")->adjusted_p.value() < 1e-6);
    CHECK_FALSE(c.find("lead")->to_leader.has_value());
    CHECK_FALSE(c.seeds_needed.has_value());  // it is enough
  }
}

TEST_CASE("where nothing is told apart, the seeds that would do it are named", "[results]") {
  // Differences -1, 3, 1, 1, 1: mean 1, standard deviation sqrt(2), d = 0.71; statsmodels' TTestPower: 17.7 for 80 %.
  DatasetTables tables;
  const double differences[] = {-1, 3, 1, 1, 1};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    add(tables["a"], "down", {{seed, 0}});
    add(tables["b"], "down", {{seed, differences[seed - 1]}});
  }
  const ScoreComparison c = compare_scores(tables, {}, kCatalogue, 0).at({"down"});
  CHECK_FALSE(c.told_apart);
  CHECK(c.seeds_needed == 18);
  // Splits that share rows tell less.
  const ScoreComparison shared = compare_scores(tables, {}, kCatalogue, 0.2).at({"down"});
  CHECK(shared.find("b")->to_leader->p.value() > c.find("b")->to_leader->p.value());
}

}  // namespace
}  // namespace predcorr
