// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <set>

#include "tests/metrics/rich_data.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// Two parts, with whatever values it is given; throws where it is given none.
class Scripted : public Metric {
 public:
  explicit Scripted(std::vector<std::optional<double>> values, Json curves = nullptr)
      : values_(std::move(values)), curves_(std::move(curves)) {}
  mutable int calls = 0;
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "scripted", .part = "first"}, {.name = "scripted", .part = "second"}};
  }

 private:
  MetricResult do_score(const EvaluationData&, const JointPrediction&) const override {
    ++calls;
    require(!values_.empty(), ErrorKind::numerical, "nothing to say");
    return {values_, curves_};
  }
  std::string why_absent() const override { return "left out"; }
  std::vector<std::optional<double>> values_;
  Json curves_;
};

const double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Score> scripted(std::vector<std::optional<double>> values) {
  const JointPrediction p = test::random_prediction(3, 2, 1);
  return Scripted(std::move(values)).score({.y = p.mean, .n_pool = 1, .oracle = std::nullopt}, p);
}

TEST_CASE("metric: a score carries its name, part and value", "[metrics]") {
  const auto scores = scripted({1.5, -2.0});
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].key().text() == "scripted.first");
  CHECK(scores[0].value == 1.5);
  CHECK(scores[0].reason.empty());
  CHECK(scores[1].key().text() == "scripted.second");
  CHECK(scores[1].value == -2.0);
}

TEST_CASE("metric: an error becomes the reason of every part", "[metrics]") {
  for (const Score& s : scripted({})) {
    CHECK(!s.value);
    CHECK(s.reason == "nothing to say");
  }
}

TEST_CASE("metric: a value that is not finite is absent with a reason", "[metrics]") {
  const auto scores = scripted({std::nan(""), 3.0});
  CHECK(!scores[0].value);
  CHECK(scores[0].reason == "came out as a number that is not finite");
  CHECK(scores[1].value == 3.0);
  CHECK(scores[1].reason.empty());
}

TEST_CASE("metric: one part's reason does not stick to the next", "[metrics]") {
  const auto scores = scripted({kInfinity, std::nullopt});
  CHECK(scores[0].reason == "came out as a number that is not finite");
  CHECK(scores[1].reason == "left out");
}

TEST_CASE("metric: sizes that do not fit are refused", "[metrics]") {
  const JointPrediction p = test::random_prediction(4, 2, 1);
  for (const std::string& name : Registry<Metric>::instance().names()) {
    INFO("metric " << name);
    const EvaluationData short_one{.y = Vector::Zero(3), .n_pool = 1, .oracle = std::nullopt};
    CHECK(test::error_of([&] { test::scores(name, short_one, p); }) ==
          "shape: score: 3 targets for a prediction of 4 points");
    const EvaluationData no_test{.y = Vector::Zero(4), .n_pool = 4, .oracle = std::nullopt};
    CHECK(test::error_of([&] { test::scores(name, no_test, p); }) == "shape: score: there are no test points");
  }
}

TEST_CASE("metric: every registered one describes itself and keeps to it", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(20);
  const JointPrediction prediction = test::random_prediction(150, 70, 8);
  REQUIRE(Registry<Metric>::instance().names().size() >= 4);
  std::set<ScoreKey> keys;
  for (const std::string& name : Registry<Metric>::instance().names()) {
    INFO("metric " << name);
    const auto infos = Registry<Metric>::instance().make({.name = name}, "test").object->describe();
    const auto scores = test::scores(name, evaluation, prediction);
    REQUIRE(scores.size() == infos.size());
    for (std::size_t i = 0; i < infos.size(); ++i) {
      CHECK(scores[i].name == infos[i].name);
      CHECK(scores[i].part == infos[i].part);
      CHECK(!infos[i].meaning.empty());
      CHECK(scores[i].value.has_value());
      CHECK(keys.insert(scores[i].key()).second);
    }
  }
}

TEST_CASE("metric: what a plot needs is named lists of finite numbers, not many", "[metrics]") {
  const test::Fixture fixture("metrics_medium.json");
  std::vector<std::pair<EvaluationData, JointPrediction>> cases;
  for (const auto& [model, prediction] : fixture.models) cases.emplace_back(fixture.evaluation, prediction);
  cases.emplace_back(test::rich_data(20), test::random_prediction(150, 70, 8));
  for (const std::string& name : Registry<Metric>::instance().names()) {
    const auto metric = Registry<Metric>::instance().make({.name = name}, "test").object;
    for (const auto& [evaluation, prediction] : cases) {
      INFO(name << " of " << prediction.size() << " points");
      const Json curves = metric->evaluate(evaluation, prediction).curves;
      if (curves.is_null()) continue;
      REQUIRE(curves.is_object());
      CHECK(!curves.empty());
      std::size_t numbers = 0;
      for (const Json& curve : curves) {
        numbers += curve.size();
        CHECK(test::vector(curve).allFinite());
      }
      CHECK(numbers <= 500);
    }
  }
}

TEST_CASE("metric: scores and curves come of one computation, and bad curves leave the scores", "[metrics]") {
  const JointPrediction p = test::random_prediction(3, 2, 1);
  const EvaluationData evaluation{.y = p.mean, .n_pool = 1, .oracle = std::nullopt};
  const Json line = {{"line", {1.0, 2.0}}};
  const Scripted plots({1.0, std::nullopt}, line);
  const MetricOutcome outcome = plots.evaluate(evaluation, p);
  CHECK(plots.calls == 1);
  CHECK(outcome.scores.at(0).value == 1.0);
  CHECK(outcome.scores.at(1).reason == "left out");
  CHECK(outcome.curves == line);
  CHECK(outcome.fault.empty());
  for (const Json& bad : {Json(1.0), Json{{"line", 1.0}}, Json{{"line", {kInfinity}}}, Json{{"\xff", {1.0}}},
                          Json{{"line", std::vector<double>(10001, 1.0)}}}) {
    const MetricOutcome faulty = Scripted({1.0, 2.0}, bad).evaluate(evaluation, p);
    CHECK(faulty.scores.at(1).value == 2.0);
    CHECK(faulty.curves.is_null());
    CHECK_THAT(faulty.fault, test::contains("a metric: curves"));
  }
  const MetricOutcome failed = Scripted({}, line).evaluate(evaluation, p);
  CHECK(failed.curves.is_null());
  CHECK(failed.fault.empty());
}

TEST_CASE("metric: a result is values, or values and curves", "[metrics]") {
  using Values = std::vector<std::optional<double>>;
  const auto one = []() -> MetricResult { return {0.5}; };
  const auto two = []() -> MetricResult { return {0.5, std::nullopt}; };
  const auto none = []() -> MetricResult { return {}; };
  const auto list = []() -> MetricResult { return Values{1.0, 2.0, 3.0}; };
  const auto drawn = []() -> MetricResult { return {{0.5}, {{"x", {1.0}}, {"y", {2.0}}}}; };
  CHECK(one().values == Values{0.5});
  CHECK(two().values == Values{0.5, std::nullopt});
  CHECK(none().values.empty());
  CHECK(list().values == Values{1.0, 2.0, 3.0});
  CHECK(drawn().values == Values{0.5});
  CHECK(drawn().curves == Json{{"x", {1.0}}, {"y", {2.0}}});
  CHECK(two().curves.is_null());
  // JSON becomes a number without a word, and would be one more value.
  STATIC_REQUIRE(!std::is_constructible_v<MetricResult, double, Json>);
}

/// score_draws as the base class has it: do_score of one set of targets after the other.
Matrix scores_one_by_one(const Metric& metric, const EvaluationData& evaluation, const JointPrediction& p,
                         const Matrix& targets) {
  EvaluationData other = evaluation;
  other.dealt_by = evaluation.test_targets();
  Matrix all(static_cast<Index>(metric.describe().size()), targets.cols());
  for (Index draw = 0; draw < targets.cols(); ++draw) {
    other.y.tail(targets.rows()) = targets.col(draw);
    const std::vector<Score> scores = metric.score(other, p);
    for (std::size_t i = 0; i < scores.size(); ++i)
      all(static_cast<Index>(i), draw) = scores[i].value.value_or(std::nan(""));
  }
  return all;
}

TEST_CASE("metric: scores of many targets at once are those of one at a time, to rounding", "[metrics]") {
  const EvaluationData whole = test::rich_data(20);
  EvaluationData few{.y = whole.y.head(9), .n_pool = 3, .oracle = std::nullopt};
  few.inputs = whole.inputs.topRows(9);
  struct Case {
    const EvaluationData& evaluation;
    JointPrediction prediction;
    Index draws;
  };
  std::vector<Case> cases = {{few, test::random_prediction(9, 4, 2), 40}};
  JointPrediction full = test::densified(test::random_prediction(150, 150, 8));
  full.latent = Covariance::dense(full.latent.matrix() + 0.1 * Matrix::Identity(150, 150));
  for (const auto& [form, p] : test::forms(full)) cases.push_back({whole, p, 3});
  cases.push_back({whole, test::random_prediction(150, 30, 8), 35});
  JointPrediction sure = test::densified(test::random_prediction(9, 2, 2));  // singular
  sure.noise_variance.setZero();
  cases.push_back({few, sure, 3});
  for (const std::string& name : Registry<Metric>::instance().names()) {
    const auto metric = Registry<Metric>::instance().make({.name = name}, "test").object;
    for (const Case& one : cases) {
      const Index n = one.evaluation.n_test();
      if (!std::isfinite(metric->draw_cost(one.evaluation, one.prediction))) continue;
      Matrix targets(n, one.draws);
      for (Index draw = 0; draw < one.draws; ++draw)
        targets.col(draw) =
            one.prediction.mean.tail(n) + (0.3 + static_cast<double>(draw % 4)) * Stream(draw).normals(n);
      Matrix at_once = Matrix::Constant(std::ssize(metric->describe()), one.draws, std::nan(""));
      try {
        at_once = metric->score_draws(one.evaluation, one.prediction, targets);
      } catch (const Error& e) {  // a singular covariance: every score is absent
        CHECK(e.kind() == ErrorKind::numerical);
      }
      const Matrix one_by_one = scores_one_by_one(*metric, one.evaluation, one.prediction, targets);
      REQUIRE(at_once.rows() == one_by_one.rows());
      for (Index i = 0; i < at_once.rows(); ++i) {
        if (at_once.row(i).array().isNaN().all()) {  // it does not depend on y, or is not drawn
          const std::string key = metric->describe()[static_cast<std::size_t>(i)].key().text();
          const bool is_dear = key.find("grouped_log_likelihood") == 0 && key.find("_100") != std::string::npos;
          const bool is_absent = one_by_one.row(i).array().isNaN().all();
          INFO(key);
          CHECK((is_dear || is_absent || (one_by_one.row(i).array() == one_by_one(i, 0)).all()));
          continue;
        }
        for (Index draw = 0; draw < one.draws; ++draw) {
          INFO(name << ", score " << i << " of draw " << draw << ", " << n << " points");
          CHECK(std::isnan(at_once(i, draw)) == std::isnan(one_by_one(i, draw)));
          if (!std::isnan(at_once(i, draw)))
            CHECK(at_once(i, draw) == Approx(one_by_one(i, draw)).epsilon(1e-10).margin(1e-11));
        }
      }
    }
  }
}

TEST_CASE("metric: draws that do not fit, and metrics that return others, are refused", "[metrics]") {
  const JointPrediction p = test::random_prediction(3, 2, 1);
  const EvaluationData evaluation{.y = p.mean, .n_pool = 1, .oracle = std::nullopt};
  const Scripted metric({1.0, std::nullopt});
  const Matrix drawn = metric.score_draws(evaluation, p, Matrix::Zero(2, 3));
  CHECK(metric.calls == 3);
  CHECK((drawn.row(0).array() == 1).all());
  CHECK(drawn.row(1).array().isNaN().all());
  CHECK(Scripted({}).score_draws(evaluation, p, Matrix::Zero(2, 3)).array().isNaN().all());  // its own error
  CHECK(metric.draw_cost(evaluation, p) == 2 * 2 * 2);
  CHECK(test::error_of([&] { metric.score_draws(evaluation, p, Matrix::Zero(3, 2)); }) ==
        "shape: score: draws of 3 targets for 2 test points of 3 points, and a prediction of 3");
  CHECK(test::error_of([&] { Scripted({1.0}).score_draws(evaluation, p, Matrix::Zero(2, 1)); }) ==
        "internal: a metric: do_score returned 1 values for the 2 scores that it describes");
}

TEST_CASE("metric: a description that boards cannot hold is refused", "[metrics]") {
  struct Described : Metric {
    explicit Described(std::vector<ScoreInfo> given) : infos(std::move(given)) {}
    std::vector<ScoreInfo> describe() const override { return infos; }
    MetricResult do_score(const EvaluationData&, const JointPrediction&) const override { return {}; }
    std::vector<ScoreInfo> infos;
  };
  const auto refused = [](const std::vector<ScoreInfo>& infos) {
    return test::error_of([&] { described(Described(infos)); });
  };
  CHECK(refused({}) == "internal: a metric: describe names no score");
  CHECK(refused({{.name = ""}}) == "internal: a metric: describe has a score without a name");
  CHECK(refused({{.name = "a", .part = "b"}, {.name = "a", .part = "b"}}) ==
        "internal: a metric: describe has the score 'a.b' twice");
  CHECK(refused({{.name = "a.b"}}) ==
        "internal: a metric: describe has a score 'a.b': a dot stands between name and part, a name has none");
  CHECK(refused({{.name = "a", .head = "\xff"}}) == "internal: a metric: describe has text that is not UTF-8");
}

TEST_CASE("metric: the test part is what comes after the pool", "[metrics]") {
  const JointPrediction p = test::random_prediction(5, 2, 1);
  const EvaluationData evaluation{.y = Vector{{1, 2, 3, 4, 5}}, .n_pool = 2, .oracle = std::nullopt};
  CHECK(evaluation.n_test() == 3);
  CHECK(evaluation.test_targets() == Vector{{3, 4, 5}});
  const JointPrediction part = test_part(evaluation, p);
  CHECK(part.mean == p.mean.tail(3));
  CHECK(part.noise_variance == p.noise_variance.tail(3));
  CHECK(part.latent.matrix().isApprox(p.latent.matrix().bottomRightCorner(3, 3), 1e-14));
}

}  // namespace
}  // namespace predcorr
