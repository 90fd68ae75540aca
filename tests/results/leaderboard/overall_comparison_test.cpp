// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/overall_comparison.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const ScoreCatalogue kCatalogue({{.name = "up", .direction = Direction::higher},
                                 {.name = "down", .direction = Direction::lower},
                                 {.name = "by", .part = "*", .direction = Direction::higher}});

/// Of tables that are filled by hand.
std::vector<OverallScore> overall(const std::vector<std::string>& labels, const AllTables& tables,
                                  const std::vector<std::string>& excluded = {}, const ScoreAnchors& anchors = {}) {
  std::map<std::string, ScoreComparisons> made;
  std::map<std::string, const ScoreComparisons*> comparisons;
  for (const auto& [dataset, of_dataset] : tables)
    comparisons[dataset] = &(made[dataset] = compare_scores(of_dataset, excluded, kCatalogue, 0));
  return compare_overall(labels, comparisons, kCatalogue, anchors, tables);
}

void add(ScoreTable& table, const std::string& name, const std::map<std::uint64_t, double>& values,
         const std::string& part = "") {
  for (const auto& [seed, value] : values) table.add(seed, {name, part, value, ""});
}

TEST_CASE("overall: mean ranks are by the seeds that all have, and need every data set", "[results]") {
  AllTables tables;
  add(tables["a"]["hard"], "down", {{1, 1}, {2, 1}, {3, 10}});
  add(tables["a"]["easy"], "down", {{1, 2}, {2, 2}});
  add(tables["a"]["third"], "down", {{1, 3}, {2, 3}, {3, 3}});
  add(tables["b"]["hard"], "down", {{1, 5}});
  add(tables["b"]["easy"], "down", {{1, 4}});
  const auto all = overall({"hard", "easy", "third"}, tables);
  REQUIRE(all.size() == 1);
  CHECK(all[0].datasets == std::vector<std::string>{"a", "b"});
  CHECK(all[0].left_out == std::vector<std::string>{"third"});  // it was not run on the second
  REQUIRE(all[0].models.size() == 2);
  for (const OverallModel& model : all[0].models) {
    CHECK(model.mean_rank == 1.5);
    CHECK(model.win_rate == 0.5);
  }
  CHECK_FALSE(all[0].friedman.has_value());  // of two models there is Wilcoxon's test alone
}

TEST_CASE("overall: ceilings are not ranked, equal means share a rank, named references have no ranks", "[results]") {
  AllTables tables;
  for (const char* model : {"a", "b", "oracle", "c"})
    add(tables["d"][model], "up", {{1, model == std::string("oracle") ? 9.0 : model == std::string("c") ? 1.0 : 3.0}});
  for (const char* model : {"a", "b"}) add(tables["d"][model], "by", {{1, model == std::string("a") ? 1.0 : 2.0}}, "a");
  const auto all = overall({"a", "b", "c", "oracle"}, tables, {"oracle"});
  REQUIRE(all.size() == 1);
  REQUIRE(all[0].models.size() == 3);
  CHECK(all[0].models[0].mean_rank == 1.5);
  CHECK(all[0].models[1].mean_rank == 1.5);
  CHECK(all[0].models[2].label == "c");
  CHECK(all[0].models[2].win_rate == 0);
  CHECK_FALSE(all[0].critical_difference.has_value());  // one data set
}

TEST_CASE("overall: the numbers of comparison.json, made by SciPy", "[results]") {
  const Json reference = test::reference("comparison.json");
  const Json& scores = reference.at("scores");  // data sets x models, lower is better
  AllTables tables;
  for (std::size_t d = 0; d < scores.size(); ++d)
    for (std::size_t m = 0; m < scores[d].size(); ++m)
      add(tables[fmt::format("d{:02}", d)][fmt::format("m{}", m)], "down", {{1, scores[d][m].get<double>()}});
  const auto all = overall({"m0", "m1", "m2", "m3"}, tables);
  REQUIRE(all.size() == 1);
  const OverallScore& score = all[0];
  // comparison.json ranks the other way round: there a higher score is better.
  for (const OverallModel& model : score.models) {
    const auto m = static_cast<std::size_t>(model.label[1] - '0');
    CHECK(model.mean_rank == test::close(5 - reference.at("mean_ranks").at(m).get<double>()));
  }
  CHECK(score.friedman->chi_square == test::close(reference.at("friedman").at("chi_square").get<double>()));
  CHECK(score.friedman->p == test::close(reference.at("friedman").at("p_value").get<double>()));
  CHECK(score.critical_difference.value() == test::close(2.569 * std::sqrt(4 * 5 / (6.0 * 12)), 2e-4));
  for (const OverallModel& model : score.models) CHECK(model.standing.letters == "a");
}

TEST_CASE("overall: models that differ on every data set are told apart", "[results]") {
  AllTables tables;
  for (int d = 0; d < 12; ++d)
    for (int m = 0; m < 4; ++m) add(tables[fmt::format("d{:02}", d)][fmt::format("m{}", m)], "up", {{1, 10.0 * d - m}});
  const auto all = overall({"m3", "m2", "m1", "m0"}, tables);
  REQUIRE(all.size() == 1);
  CHECK(all[0].models[0].label == "m0");
  CHECK(all[0].models[0].standing.letters == "a");
  CHECK(all[0].models[3].standing.rank_low == 3);  // worse than m0 and m1, told from both
  CHECK(all[0].models[0].win_rate == 1);
  // Signed ranks of 12 differences of one sign: p = 2 / 2^12, and three tests.
  CHECK(all[0].models[3].wilcoxon_p.value() == test::close(3 * 2 / 4096.0));
  CHECK_FALSE(all[0].models[0].wilcoxon_p.has_value());
}

TEST_CASE("overall: a normalised score does not move when a model joins", "[results]") {
  AllTables tables;
  for (const char* dataset : {"x", "y"}) {
    add(tables[dataset]["constant"], "up", {{1, 0}, {2, 0}});
    add(tables[dataset]["oracle"], "up", {{1, 4}, {2, 6}});
    add(tables[dataset]["m"], "up", {{1, 1}, {2, 2}});
  }
  const ScoreAnchors anchors{"constant", "oracle"};
  const auto normalised = [&] {
    const auto all = overall({"constant", "m", "oracle", "n"}, tables, {"oracle"}, anchors);
    for (const OverallModel& model : all[0].models)
      if (model.label == "m") return model.normalised;
    return std::optional<double>();
  };
  CHECK(normalised().value() == test::close(0.3));
  for (const char* dataset : {"x", "y"}) add(tables[dataset]["n"], "up", {{1, 100}, {2, 200}});
  CHECK(normalised().value() == test::close(0.3));
}

}  // namespace
}  // namespace predcorr
