// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/split_overlap.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

Run run_of(const std::string& protocol, std::optional<Index> rows) {
  Run run;
  run.protocol = {{"name", protocol}};
  RunDataset& dataset = run.datasets.emplace_back();
  dataset.label = "d";
  if (rows) {
    dataset.table.emplace();
    dataset.table->rows = *rows;
  }
  return run;
}

TEST_CASE("split overlap: the share of a table's rows that is tested", "[results]") {
  const RowCounts rows{50, 0, 20};
  CHECK(split_overlap({run_of("modern", 100)}, "d", rows) == 0.2);
  CHECK(split_overlap({run_of("paper", 100)}, "d", rows) == 0.2);
  CHECK(split_overlap({run_of("modern", 100)}, "other", rows) == 0);
}

TEST_CASE("split overlap: generated data overlap where the study's protocol deals them again", "[results]") {
  const RowCounts rows{50, 30, 20};
  CHECK(split_overlap({run_of("modern", std::nullopt)}, "d", rows) == 0);
  CHECK(split_overlap({run_of("paper", std::nullopt)}, "d", rows) == 0.2);
}

}  // namespace
}  // namespace predcorr
