// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "harness/cell.hpp"
#include "harness/plan.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// Warnings by model label, of one seed of a suite.
std::map<std::string, std::vector<std::string>> warnings(const Json& models) {
  const Suite suite = read_suite({{"name", "floor"},
                                  {"protocol", "paper"},
                                  {"datasets", {{{"dataset", "friedman-1"}, {"parameters", {{"rows", 200}}}}}},
                                  {"models", models},
                                  {"controls", {"collapsed"}},
                                  {"metrics", {"rmse"}},
                                  {"seeds", "3"}},
                                 "test");
  std::map<std::string, std::vector<std::string>> all;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    std::optional<StoredPrediction> prediction;
    const Record record = run_cell(suite, cell, problems, prediction);
    CHECK_FALSE(record.failed);
    all[cell.entry.model] = record.warnings;
  }
  return all;
}

TEST_CASE("a model that predicts no better than the training mean is warned of, with both numbers", "[harness]") {
  const auto found = warnings({"constant",
                               "gp",
                               {{"model", "ridge"}, {"label", "collapsed"}, {"parameters", {{"penalties", 1e9}}}},
                               {{"model", "ridge"}, {"label", "nearly"}, {"parameters", {{"penalties", 2000}}}}});
  CHECK(found.at("constant").empty());  // it is the floor
  CHECK(found.at("gp").empty());
  REQUIRE(found.at("collapsed").size() == 1);
  const std::string& warning = found.at("collapsed").front();
  double own = 0, floor = 0;
  REQUIRE(std::sscanf(warning.c_str(),
                      "no better than predicting the training mean: RMSE %lf on the test rows, the mean's is %lf", &own,
                      &floor) == 2);
  CHECK(own == Approx(floor).epsilon(1e-3));
  CHECK(floor > 4);  // friedman-1's targets have a standard deviation of 5
  CHECK(floor < 6);
  // A little better is not better.
  REQUIRE(found.at("nearly").size() == 1);
  CHECK_THAT(found.at("nearly").front(), test::contains("no better than predicting the training mean"));
  int controls = 0;
  for (const auto& [label, said] : found)
    if (label.find("collapsed") != std::string::npos && label != "collapsed") {
      ++controls;
      CHECK(said.empty());  // its base has said it
    }
  CHECK(controls > 0);
}

}  // namespace
}  // namespace predcorr
