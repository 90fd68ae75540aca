// SPDX-License-Identifier: Apache-2.0
#include "metrics/score.hpp"

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

TEST_CASE("score key: text and back, the first dot divides", "[metrics]") {
  const std::pair<ScoreKey, std::string> all[] = {{{"rmse"}, "rmse"},
                                                  {{"r_statistic", "std"}, "r_statistic.std"},
                                                  {{"variogram_score", "0.5"}, "variogram_score.0.5"},
                                                  {{"xll", "gp 0.1"}, "xll.gp 0.1"}};
  for (const auto& [key, text] : all) {
    CHECK(key.text() == text);
    CHECK((ScoreKey::parse(text) == key));
  }
}

TEST_CASE("score key: ordered by name, then part", "[metrics]") {
  CHECK((ScoreKey{"a", "z"} < ScoreKey{"b"}));
  CHECK((ScoreKey{"a"} < ScoreKey{"a", "b"}));
  CHECK((ScoreKey{"a", "b"} != ScoreKey{"a", "c"}));
}

TEST_CASE("score info: its key, and its head or else its key", "[metrics]") {
  CHECK(ScoreInfo{.name = "r_statistic", .part = "std", .head = "r std"}.column_head() == "r std");
  CHECK(ScoreInfo{.name = "r_statistic", .part = "ks"}.column_head() == "r_statistic.ks");
  CHECK((ScoreInfo{.name = "r_statistic", .part = "ks"}.key() == ScoreKey{"r_statistic", "ks"}));
  CHECK((Score{"rmse", "", 1.0, ""}.key() == ScoreKey{"rmse"}));
}

TEST_CASE("score: directions have names and arrows", "[metrics]") {
  CHECK(std::string(to_string(Direction::higher)) == "higher");
  CHECK(std::string(to_string(Direction::lower)) == "lower");
  CHECK(std::string(to_string(Direction::none)) == "none");
  CHECK(std::string(arrow(Direction::higher)) == " ↑");
  CHECK(std::string(arrow(Direction::lower)) == " ↓");
  CHECK(std::string(arrow(Direction::none)).empty());
}

}  // namespace
}  // namespace predcorr
