// SPDX-License-Identifier: Apache-2.0
#include "results/submission/score_sheet.hpp"

#include <algorithm>

#include "tests/metrics/fixtures.hpp"

namespace predcorr {
namespace {

const Score& find(const ScoreSheet& sheet, const std::string& key) {
  const auto found =
      std::find_if(sheet.scores.begin(), sheet.scores.end(), [&](const auto& s) { return s.key().text() == key; });
  INFO(key);
  REQUIRE(found != sheet.scores.end());
  return *found;
}

TEST_CASE("score sheets: every metric and criterion is there, with a value or a reason", "[metrics]") {
  const test::Fixture fixture("metrics_small.json");
  const JointPrediction& near = fixture.models.at("near");
  const auto sheets = score_submissions(
      fixture.evaluation, {{"whole", near}, {"test", test_part(fixture.evaluation, near)}, {"noisy", near, true}},
      {3, 2});
  REQUIRE(sheets.size() == 3);
  const std::vector<std::string> criteria = Registry<Criterion>::instance().names();
  for (const ScoreSheet& sheet : sheets) {
    INFO(sheet.name);
    for (const std::string& metric : Registry<Metric>::instance().names())
      CHECK(std::any_of(sheet.scores.begin(), sheet.scores.end(), [&](const auto& s) { return s.name == metric; }));
    for (const Score& score : sheet.scores) CHECK(score.value.has_value() == score.reason.empty());
    for (const std::string& criterion : criteria)
      CHECK(sheet.selected.count(criterion) + sheet.not_selected.count(criterion) == 1);
    for (const auto& [criterion, picks] : sheet.selected) CHECK(picks.size() == 2);
    // The test points are the same for all three, and so is what is said of y there.
    for (const char* key : {"rmse", "joint_log_likelihood", "kl_from_oracle", "xll_mean"})
      CHECK(find(sheet, key).value.value() == test::close(find(sheets[0], key).value.value()));
    CHECK(find(sheet, "xllr").value == 2);
    REQUIRE(sheet.expectations.size() == sheets[0].expectations.size());
    for (std::size_t i = 0; i < sheet.expectations.size(); ++i) {
      CHECK(sheet.expectations[i].key == sheets[0].expectations[i].key);
      CHECK(sheet.expectations[i].mean == test::close(sheets[0].expectations[i].mean));
    }
  }
  CHECK(sheets[0].expectations.size() > 20);
  CHECK(find(sheets[0], "meta_correlation.variance_pearson").value.has_value());
  CHECK(find(sheets[1], "meta_correlation.variance_pearson").reason == "the pool was not predicted");
  CHECK(find(sheets[2], "meta_correlation.variance_pearson").reason ==
        "the covariance includes noise, so f cannot be told from y");
  CHECK(find(sheets[2], "covariance_health.condition").value.has_value());
  CHECK(sheets[0].selected.size() == criteria.size());
  CHECK(sheets[0].selected.at("random") == sheets[1].selected.at("random"));
  CHECK(sheets[1].not_selected.at("mig") == "the prediction leaves the pool out");
  CHECK(sheets[2].not_selected.at("mig") == "the covariance includes noise, so f cannot be told from y");
}

TEST_CASE("score sheets: no pool, no picks; other sizes are refused", "[metrics]") {
  const test::Fixture fixture("metrics_small.json");
  const JointPrediction test = test_part(fixture.evaluation, fixture.models.at("near"));
  const EvaluationData evaluation{.y = fixture.evaluation.test_targets(), .n_pool = 0, .oracle = std::nullopt};
  const auto sheets = score_submissions(evaluation, {{"a", test}}, {});
  CHECK(sheets[0].selected.empty());
  CHECK(sheets[0].not_selected.at("random") == "there is no pool");
  CHECK(find(sheets[0], "xll.a").value == find(sheets[0], "xll_mean").value);
  CHECK_THAT(test::error_of([&] { score_submissions(fixture.evaluation, {{"short", test.subset({0, 1})}}, {}); }),
             test::contains("shape: prediction 'short' is of 2 points; the problem has 13, 6 of them test points"));
}

}  // namespace
}  // namespace predcorr
