// SPDX-License-Identifier: Apache-2.0
#include "metrics/score_catalogue.hpp"

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

std::vector<std::string> texts(const std::vector<ScoreInfo>& infos) {
  std::vector<std::string> all;
  for (const ScoreInfo& info : infos) all.push_back(info.key().text());
  return all;
}

TEST_CASE("score catalogue: every score of every metric is there, those across models too", "[metrics]") {
  const ScoreCatalogue& all = score_catalogue();
  std::size_t count = 0;
  const auto check = [&](const auto& registry) {
    for (const std::string& name : registry.names())
      for (const ScoreInfo& info : described(*registry.make({.name = name}, name).object)) {
        INFO(info.key().text());
        REQUIRE(all.find(info.key()) != nullptr);
        CHECK(all.find(info.key())->meaning == info.meaning);
        ++count;
      }
  };
  check(Registry<Metric>::instance());
  check(Registry<CrossMetric>::instance());
  CHECK(all.scores().size() == count);
  CHECK(all.find({"xllr"})->unit == "rank");
  CHECK(all.find({"no_such_score"}) == nullptr);
}

TEST_CASE("score catalogue: a part known at run time is described by the star", "[metrics]") {
  const ScoreCatalogue& all = score_catalogue();
  CHECK(all.find({"xll", "gp"}) == nullptr);
  CHECK(all.find_or_any_part({"xll", "gp"}) == all.find({"xll", "*"}));
  CHECK(all.find_or_any_part({"rmse"}) == all.find({"rmse"}));
  CHECK(all.find_or_any_part({"rmse", "other"}) == nullptr);
}

TEST_CASE("score catalogue: the columns of a table that nobody chose columns for", "[metrics]") {
  CHECK(texts(score_catalogue().default_columns()) ==
        std::vector<std::string>{"rmse", "joint_log_likelihood", "meta_correlation.correlation_pearson", "xllr",
                                 "marginal_log_likelihood", "xll_mean"});
  const ScoreCatalogue other({{.name = "late", .default_column = 30},
                              {.name = "hidden"},
                              {.name = "b", .default_column = 15},
                              {.name = "a", .default_column = 15}});
  CHECK(texts(other.default_columns()) == std::vector<std::string>{"a", "b", "late"});
}

TEST_CASE("score catalogue: heads come from the metrics", "[metrics]") {
  CHECK(score_catalogue().column_head({"meta_correlation", "correlation_pearson"}) == "meta-corr.");
  CHECK(score_catalogue().column_head({"binned_error", "r_squared"}) == "R^2");
  CHECK(score_catalogue().column_head({"crps"}) == "crps");
  CHECK(score_catalogue().column_head({"no_such", "score"}) == "no_such.score");
}

TEST_CASE("score catalogue: ranked are those with a better direction, without stars", "[metrics]") {
  const ScoreCatalogue some({{.name = "up", .direction = Direction::higher},
                             {.name = "flat"},
                             {.name = "xll", .part = "*", .direction = Direction::higher},
                             {.name = "down", .part = "a", .direction = Direction::lower}});
  CHECK(some.ranked() == std::vector<std::string>{"up", "down.a"});
}

TEST_CASE("score catalogue: of a score that comes twice the later one counts", "[metrics]") {
  const ScoreCatalogue twice({{.name = "a", .head = "first"}, {.name = "a", .head = "second"}});
  CHECK(twice.column_head({"a"}) == "second");
  CHECK(twice.scores().size() == 2);
}

}  // namespace
}  // namespace predcorr
