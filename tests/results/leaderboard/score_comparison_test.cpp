// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/score_comparison.hpp"

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
  std::map<std::string, ScoreTable> tables;
  add(tables["hard"], "down", {{1, 1}, {2, 1}, {3, 10}});
  add(tables["easy"], "down", {{1, 2}, {2, 2}});
  const auto all = compare_scores(tables, {}, kCatalogue);
  const ScoreComparison& c = all.at({"down"});
  CHECK(c.best == Labels{"hard"});
  CHECK(c.means.at("hard") == 1);
  CHECK(c.means.at("easy") == 2);
  CHECK(c.common.seeds == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("nobody is best where no seed is common, or there is nobody to be compared with", "[results]") {
  std::map<std::string, ScoreTable> tables;
  add(tables["a"], "up", {{1, 1}});
  add(tables["b"], "up", {{2, 2}});
  add(tables["a"], "down", {{1, 1}});
  CHECK(compare_scores(tables, {}, kCatalogue).at({"up"}).best.empty());
  CHECK(compare_scores(tables, {}, kCatalogue).count({"down"}) == 0);
  add(tables["few"], "down", {{1, 0}});
  add(tables["a"], "down", {{2, 1}});
  const ScoreComparison left = compare_scores(tables, {}, kCatalogue).at({"down"});
  CHECK(left.best.empty());
  CHECK(left.common.left_out == Labels{"few"});
}

TEST_CASE("references win nothing, equal models win together, scores by a named reference count", "[results]") {
  std::map<std::string, ScoreTable> tables;
  for (const char* model : {"a", "b", "oracle", "c"})
    add(tables[model], "up", {{1, model == std::string("oracle") ? 9.0 : model == std::string("c") ? 1.0 : 3.0}});
  for (const char* model : {"a", "b"}) add(tables[model], "by", {{1, model == std::string("a") ? 1.0 : 2.0}}, "a");
  for (const char* model : {"a", "b"}) add(tables[model], "flat", {{1, 1}});
  const auto all = compare_scores(tables, {"oracle"}, kCatalogue);
  CHECK(all.at({"up"}).best == Labels{"a", "b"});
  CHECK(all.at({"by", "a"}).best == Labels{"b"});
  CHECK(all.count({"flat"}) == 0);
  const auto overall = overall_ranks({"a", "b", "c", "oracle"}, {{"d", all}}, kCatalogue);
  REQUIRE(overall.size() == 3);  // without the oracle
  CHECK(overall[0].label == "a");
  CHECK(overall[0].scores.at({"up"}).mean == 1.5);
  CHECK(overall[0].scores.count({"by", "a"}) == 0);
  CHECK(overall[2].label == "c");
  CHECK(overall[2].scores.at({"up"}).mean == 3);
}

TEST_CASE("mean ranks are by the seeds that all have, and need every data set", "[results]") {
  std::map<std::string, ScoreTable> first, second;
  add(first["hard"], "down", {{1, 1}, {2, 1}, {3, 10}});
  add(first["easy"], "down", {{1, 2}, {2, 2}});
  add(first["third"], "down", {{1, 3}, {2, 3}, {3, 3}});
  add(second["hard"], "down", {{1, 5}});
  add(second["easy"], "down", {{1, 4}});
  const auto overall = overall_ranks(
      {"hard", "easy", "third"},
      {{"a", compare_scores(first, {}, kCatalogue)}, {"b", compare_scores(second, {}, kCatalogue)}}, kCatalogue);
  REQUIRE(overall.size() == 2);  // "third" was not run on the second
  CHECK(overall[0].label == "hard");
  CHECK(overall[1].label == "easy");
  for (const OverallRanks& model : overall) {
    CHECK(model.scores.at({"down"}).mean == 1.5);
    CHECK(model.scores.at({"down"}).datasets == 2);
  }
}

}  // namespace
}  // namespace predcorr
