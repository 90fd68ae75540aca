// SPDX-License-Identifier: Apache-2.0
#include "results/submission/score_document.hpp"

#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

EvaluationData evaluation() {
  return {.y = Vector{{1, 2, 3, 4, 5}}, .n_pool = 2, .oracle = std::nullopt, .inputs = Matrix::Ones(5, 2)};
}

/// A metric of one number, one with parts, the variogram score, whose order 0.5 is its own number too, and what is
/// absent of each.
std::vector<ScoreSheet> sheets() {
  ScoreSheet good{"good", {}, {}, {}}, bad{"bad", {}, {}, {}};
  good.scores = {{"rmse", "", 1.25, ""},
                 {"meta_correlation", "correlation_pearson", 0.5, ""},
                 {"variogram_score", "0.5", 0.125, ""},
                 {"variogram_score", "1", 0.25, ""},
                 {"xll", "bad", -2.0, ""}};
  good.selected = {{"variance", {1, 0}}};
  good.expectations = {{{"rmse"}, 1.5, 0.25, 0.75, 99}, {{"variogram_score", "0.5"}, 0.5, 0.125, 1, 20}};
  bad.scores = {{"rmse", "", 12345.678, ""},
                {"meta_correlation", "correlation_pearson", std::nullopt, "no truth"},
                {"variogram_score", "0.5", std::nullopt, "too few"},
                {"joint_log_likelihood", "", std::nullopt, "singular"}};
  bad.not_selected = {{"variance", "no pool block"}};
  return {good, bad};
}

TEST_CASE("score document: every score stands in its place, or is absent with its reason", "[results][schema]") {
  const Json document = to_json(score_document(evaluation(), {.neighbours = 3, .batch = 2}, sheets()));
  CHECK(test::schema_errors(document, "scores") == "");
  CHECK(document.at("problem") == Json({{"pool", 2}, {"test", 3}, {"oracle", false}, {"inputs", true}}));
  CHECK(document.at("options") == Json({{"neighbours", 3}, {"batch", 2}, {"draws", 1000}}));
  const Json& good = document.at("predictions").at("good");
  CHECK(good == Json::parse(R"({"rmse": 1.25, "meta_correlation": {"correlation_pearson": 0.5},
                                "variogram_score": 0.125, "variogram_score_orders": {"0.5": 0.125, "1": 0.25},
                                "xll": {"bad": -2.0},
                                "expected": {"rmse": {"mean": 1.5, "sd": 0.25, "tail": 0.75, "draws": 99},
                                             "variogram_score_orders.0.5":
                                                 {"mean": 0.5, "sd": 0.125, "tail": 1, "draws": 20}},
                                "selected": {"variance": [1, 0]}, "absent": {}})"));
  const Json& bad = document.at("predictions").at("bad");
  CHECK(bad == Json::parse(R"({"rmse": 12345.678, "selected": {},
                               "absent": {"meta_correlation.correlation_pearson": "no truth",
                                          "variogram_score": "too few", "variogram_score_orders.0.5": "too few",
                                          "joint_log_likelihood": "singular", "selected.variance": "no pool block"}})"));
  const Json& metrics = document.at("metrics");
  CHECK(metrics.at("rmse").at("better") == "lower");
  CHECK(metrics.at("variogram_score") == metrics.at("variogram_score_orders.0.5"));
  CHECK(metrics.contains("meta_correlation.correlation_pearson"));
}

TEST_CASE("score document: a table of the best-known numbers, four digits of each", "[results]") {
  CHECK(score_table(score_document(evaluation(), {}, sheets())) ==
        "2 pool and 3 test points\n"
        "  prediction     RMSE ↓  joint LL ↑  meta-corr. ↑  XLLR ↓  marginal LL ↑  XLL ↑\n"
        "  good             1.25           -           0.5       -              -      -\n"
        "  bad         1.235e+04           -             -       -              -      -\n");
}

}  // namespace
}  // namespace predcorr
