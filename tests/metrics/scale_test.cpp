// SPDX-License-Identifier: Apache-2.0
#include "metrics/scale.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "core/prediction/conditioning.hpp"
#include "metrics/active_learning/target_conditioning.hpp"
#include "tests/metrics/rich_data.hpp"

namespace predcorr::metrics {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

TEST_CASE("scale: even exponents", "[metrics]") {
  CHECK(even_exponent(0.0) == 0);
  for (const auto& [value, exponent] :
       {std::pair{0.3, 0}, {1.0, 2}, {-3.9, 2}, {4.0, 4}, {0.25, 0}, {0.2, -2}, {0.06, -4}, {1e300, 998}})
    CHECK(even_exponent(value) == exponent);
  CHECK(even_exponent(Matrix{{0.1, -17}, {3, 0}}) == 6);
  CHECK(even_exponent(Matrix(0, 3)) == 0);
}

TEST_CASE("scale: powers of two out of range, and what no double holds", "[metrics]") {
  CHECK(times_power(Vector{{3e-300, 1e-320}}, 1990)(0) == std::ldexp(3e-300, 1990));
  CHECK(times_power(Matrix{{3e300}}, -1990)(0, 0) == std::ldexp(3e300, -1990));
  CHECK(times_power(3.0, 4) == 48.0);
  CHECK(times_power(0.0, 5000) == 0.0);
  CHECK(!times_power(1.0, 1024));
  CHECK(!times_power(1.0, -1030));  // a double, but of few digits
  CHECK(times_power(1.0, -1022) == std::numeric_limits<double>::min());
}

TEST_CASE("scale: root mean squares", "[metrics]") {
  for (const double unit : {1.0, 1e-200, 1e200, 1e-300, 1e300})
    CHECK(root_mean_square(unit * Vector{{3, -4, 0, 0}}) == test::close(2.5 * unit, 1e-14));
  CHECK(root_mean_square(Vector::Zero(3)) == 0);
  CHECK(root_mean_square(Vector{{1, kInfinity}}) == kInfinity);
  const Vector v = Stream(1).normals(57);
  CHECK(root_mean_square(v) == std::sqrt(v.squaredNorm() / 57));
}

TEST_CASE("scale: variances that no double holds are told", "[metrics]") {
  const auto of = [](double root, double noise) {
    return JointPrediction{Vector::Zero(2), Covariance::from_factor(RowMatrix(RowMatrix::Constant(2, 1, root))),
                           Vector::Constant(2, noise)};
  };
  CHECK(held_variance(of(2, 1)) == Vector{{5, 5}});
  CHECK(held_variance(of(0, 0)) == Vector{{0, 0}});
  CHECK(held_variance(of(1e-170, 1)) == Vector{{1, 1}});
  const std::string small =
      "numerical: a predicted variance of y is too small for a double: give the targets a "
      "smaller unit";
  CHECK(test::error_of([&] { held_variance(of(1e-170, 0)); }) == small);  // comes out as 0
  CHECK(test::error_of([&] { held_variance(of(1e-158, 0)); }) == small);  // has 8 bits
  CHECK(test::error_of([&] { held_variance(of(1e160, 0)); }) ==
        "numerical: a predicted variance of y is too large for a double: give the targets a larger unit");
}

TEST_CASE("scale: squared residuals beyond the range of squares", "[metrics]") {
  CHECK(squared_residuals(Vector{{4, 1}}, Vector{{1, 1}}, Vector{{2, 5}}) == Vector{{4.5, 0}});
  CHECK(squared_residuals(Vector{{4e160}}, Vector{{1e160}}, Vector{{1e308}})(0) == test::close(9e12, 1e-14));
  CHECK(squared_residuals(Vector{{4e-152}}, Vector{{1e-152}}, Vector{{1e-300}})(0) == test::close(9e-4, 1e-14));
}

TEST_CASE("scale: predictions far from 1 are brought near, others left as they are", "[metrics]") {
  const JointPrediction p = test::random_prediction(6, 3, 1);
  CHECK(NearOne(p).exponent == 0);
  CHECK(NearOne(p).prediction.latent.stored_factor() == p.latent.stored_factor());
  for (const int k : {-500, 120, 500}) {
    const NearOne near(p.affine(std::ldexp(1.0, k), 0));
    const double largest = near.prediction.observed_variance().maxCoeff();
    CHECK(largest > 0.05);
    CHECK(largest <= 16);
    CHECK(near.variance_in_given_unit(near.prediction.observed_variance()(2)) ==
          std::ldexp(p.observed_variance()(2), 2 * k));
  }
}

/// Targets and predictions in another unit, 2^-k of the former.
EvaluationData in_unit(const EvaluationData& evaluation, int k) {
  EvaluationData other = evaluation;
  other.y *= std::ldexp(1.0, k);
  other.oracle = evaluation.oracle->affine(std::ldexp(1.0, k), 0);
  return other;
}

/// What a unit 2^k times smaller makes of a score: times 2^(power k), plus shift k log 2.
struct Rule {
  int power = 0, shift = 0;
};

Rule rule_of(const ScoreInfo& info) {
  if (info.unit == "target units") return {.power = 1};
  if (info.unit == "target units squared") return {.power = 2};
  if (info.unit == "target units to the fourth") return {.power = 4};
  if (info.name == "dawid_sebastiani") return {.shift = info.part == "mahalanobis" ? 0 : 2};
  const bool copula = info.part.find("copula") != std::string::npos;
  const std::set<std::string> densities = {"joint_log_likelihood", "marginal_log_likelihood", "grouped_log_likelihood"};
  return {.shift = densities.count(info.name) > 0 && !copula ? -1 : 0};
}

std::shared_ptr<const Metric> with_few_groups(const std::string& name) {
  Spec spec{.name = name};
  if (name.rfind("grouped", 0) == 0) spec.parameters["groups"] = 3;
  return Registry<Metric>::instance().make(spec, "test").object;
}

TEST_CASE("scale: every score is what the unit makes of it, or absent", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(30);
  const JointPrediction p = test::random_prediction(150, 70, 8);
  for (const auto& [form, prediction] : {std::pair{"factor", p}, {"dense", test::densified(p)}})
    for (const std::string& name : Registry<Metric>::instance().names()) {
      const auto metric = with_few_groups(name);
      const auto infos = metric->describe();
      const auto scores = metric->score(evaluation, prediction);
      for (const int k : {-505, -250, 77, 250, 505}) {
        const auto other = metric->score(in_unit(evaluation, k), prediction.affine(std::ldexp(1.0, k), 0));
        for (std::size_t s = 0; s < infos.size(); ++s) {
          INFO(scores[s].key().text() << " of " << form << " times 2^" << k);
          const Rule rule = rule_of(infos[s]);
          const double expected = std::ldexp(scores[s].value.value(), rule.power * k) + rule.shift * k * std::log(2.0);
          const bool held = std::isfinite(expected) && std::abs(expected) >= std::numeric_limits<double>::min();
          if (!held && scores[s].value != 0.0) {
            CHECK(!other[s].value);
            CHECK(!other[s].reason.empty());
            continue;
          }
          INFO(other[s].reason);
          REQUIRE(other[s].value.has_value());
          CHECK(std::abs(*other[s].value - expected) <= 1e-10 * std::max(std::abs(expected), rule.power > 0 ? 0 : 1.0));
        }
      }
    }
}

TEST_CASE("scale: where no double holds a variance, no metric has a value that is not so", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(30);
  const JointPrediction p = test::random_prediction(150, 70, 8);
  for (const auto& [form, prediction] : {std::pair{"factor", p}, {"dense", test::densified(p)}})
    for (const std::string& name : Registry<Metric>::instance().names())
      for (const int k : {-700, -540, 520, 700}) {
        const double unit = std::ldexp(1.0, k);
        for (const Score& s : with_few_groups(name)->score(in_unit(evaluation, k), prediction.affine(unit, 0))) {
          INFO(s.key().text() << " of " << form << " times 2^" << k << ": " << s.reason);
          if (name == "rmse") {  // tells of means alone
            CHECK(s.value.value() == std::ldexp(test::score(name, evaluation, prediction), k));
            continue;
          }
          // A dense matrix that came out as 0 says that the model is sure: that is what was given.
          const bool gone = k < -530 && std::string(form) == "dense";
          if (!gone) CHECK(!s.value);
        }
      }
}

TEST_CASE("scale: cross-normalised likelihoods", "[metrics]") {
  const EvaluationData evaluation = test::rich_data(30);
  const Vector y = evaluation.test_targets();
  std::vector<Contender> contenders = {{"p", test_part(evaluation, test::random_prediction(150, 70, 8))},
                                       {"q", test_part(evaluation, *evaluation.oracle)}};
  const auto metric = Registry<CrossMetric>::instance().make({.name = "xll"}, "test").object;
  const auto before = metric->score(y, contenders);
  for (const int k : {-505, -250, 250, 505}) {
    std::vector<Contender> other = contenders;
    for (Contender& c : other) c.test = c.test.affine(std::ldexp(1.0, k), 0);
    const auto after = metric->score(y * std::ldexp(1.0, k), other);
    for (std::size_t m = 0; m < 2; ++m)
      for (std::size_t s = 0; s < before[m].scores.size(); ++s) {
        INFO(before[m].label << " " << before[m].scores[s].key().text() << " times 2^" << k);
        const double shift = before[m].scores[s].name == "xllr" ? 0 : k * std::log(2.0);
        CHECK(after[m].scores[s].value.value() == test::close(before[m].scores[s].value.value() - shift, 1e-11));
      }
  }
}

TEST_CASE("scale: every criterion picks the same points in any unit", "[metrics]") {
  const std::set<std::string> in_squared_units = {"bait", "core_set", "k_means_plus_plus", "lcmd", "variance", "vtl"};
  const JointPrediction p = test::random_prediction(80, 20, 8);
  for (const auto& [form, prediction] : {std::pair{"factor", p}, {"dense", test::densified(p)}})
    for (const std::string& name : Registry<Criterion>::instance().names()) {
      const Selection before = test::select(name, prediction, 60, 5);
      for (const int k : {-500, -250, 77, 250, 500}) {
        INFO(name << " of " << form << " times 2^" << k);
        const Selection after = test::select(name, prediction.affine(std::ldexp(1.0, k), 0), 60, 5);
        CHECK(after.picks == before.picks);
        REQUIRE(after.gains.size() == before.gains.size());
        for (std::size_t i = 0; i < before.gains.size(); ++i)
          CHECK(after.gains[i] ==
                test::close(std::ldexp(before.gains[i], in_squared_units.count(name) > 0 ? 2 * k : 0), 1e-10));
      }
    }
}

TEST_CASE("scale: entries made anew in float have no scale of their own", "[metrics]") {
  const JointPrediction p = test::random_prediction(80, 20, 8);
  const auto scored = [&](double unit, TargetScore kind) {
    JointPrediction other = p.affine(unit, 0);
    other.latent = Covariance::from_factor(RowMatrixF(other.latent.factor_rows(0, 80).cast<float>()));
    TargetConditioning state(other, 60, 0);
    state.condition_on(3);
    return state.scores(kind);
  };
  for (const int k : {-60, -30, 30, 60}) {
    const double unit = std::ldexp(1.0, k);
    CHECK(scored(unit, TargetScore::information) == scored(1, TargetScore::information));
    CHECK(scored(unit, TargetScore::correlation) == scored(1, TargetScore::correlation));
    CHECK(scored(unit, TargetScore::variance) == scored(1, TargetScore::variance) * (unit * unit));
  }
}

TEST_CASE("scale: conditioning on what was observed", "[metrics]") {
  const JointPrediction p = test::random_prediction(40, 12, 8);
  const Rows seen = {3, 17, 30, 3};
  const Vector y = p.mean(seen) + Stream(2).normals(4);
  for (const auto& [form, prediction] : {std::pair{"factor", p}, {"dense", test::densified(p)}}) {
    const JointPrediction before = condition_on(prediction, seen, y);
    for (const int k : {-500, -250, 250, 500}) {
      const double unit = std::ldexp(1.0, k);
      const JointPrediction after = condition_on(prediction.affine(unit, 0), seen, y * unit);
      INFO(form << " times 2^" << k);
      CHECK(after.mean == before.mean * unit);
      CHECK(after.latent.matrix() == before.latent.scaled(unit).matrix());
    }
  }
}

}  // namespace
}  // namespace predcorr::metrics
