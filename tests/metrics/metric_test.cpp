// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <set>

#include "tests/metrics/rich_data.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// Two parts, with whatever values it is given; throws where it is given none.
class Scripted : public Metric {
 public:
  explicit Scripted(std::vector<std::optional<double>> values) : values_(std::move(values)) {}
  std::vector<ScoreInfo> describe() const override {
    return {{"scripted", "first", "", Direction::higher, ""}, {"scripted", "second", "", Direction::lower, ""}};
  }

 private:
  std::vector<std::optional<double>> do_score(const EvaluationData&, const JointPrediction&) const override {
    require(!values_.empty(), ErrorKind::numerical, "nothing to say");
    return values_;
  }
  std::string why_absent() const override { return "left out"; }
  std::vector<std::optional<double>> values_;
};

const double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Score> scripted(std::vector<std::optional<double>> values) {
  const JointPrediction p = test::random_prediction(3, 2, 1);
  return Scripted(std::move(values)).score({.y = p.mean, .n_pool = 1, .oracle = std::nullopt}, p);
}

TEST_CASE("metric: a score carries its name, part and value", "[metrics]") {
  const auto scores = scripted({1.5, -2.0});
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].key() == "scripted.first");
  CHECK(scores[0].value == 1.5);
  CHECK(scores[0].reason.empty());
  CHECK(scores[1].key() == "scripted.second");
  CHECK(scores[1].value == -2.0);
  CHECK(Score{"rmse", "", 1.0, ""}.key() == "rmse");
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
  std::set<std::string> keys;
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
      const Json curves = metric->curves(evaluation, prediction);
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

TEST_CASE("metric: directions have names", "[metrics]") {
  CHECK(std::string(to_string(Direction::higher)) == "higher");
  CHECK(std::string(to_string(Direction::lower)) == "lower");
  CHECK(std::string(to_string(Direction::none)) == "none");
}

}  // namespace
}  // namespace predcorr
