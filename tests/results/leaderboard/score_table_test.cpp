// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/score_table.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("score table: scores by seed, in the order they came; a gap keeps its reason", "[results]") {
  ScoreTable table;
  table.add(2, {"rmse", "", 3.0, ""});
  table.add(1, {"rmse", "", 1.0, ""});
  table.add(1, {"meta_correlation", "variance_pearson", std::nullopt, "no truth"});
  table.add(3, {"rmse", "", std::nullopt, "gone"});
  REQUIRE(table.series().size() == 2);
  const Series& rmse = table.series()[0];
  CHECK(rmse.values == std::map<std::uint64_t, double>{{1, 1.0}, {2, 3.0}});
  CHECK(rmse.reason == "gone");
  CHECK(rmse.summary().mean == 2);
  CHECK(rmse.summary().standard_error.value() == test::close(1));
  CHECK(table.find({"meta_correlation", "variance_pearson"})->values.empty());
  CHECK(table.find({"meta_correlation"}) == nullptr);
}

}  // namespace
}  // namespace predcorr
