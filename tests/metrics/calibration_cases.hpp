// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::test {

/// A prediction with the given marginals of y, six parts of ten of each variance latent, and correlated latents where
/// there are two points or more, so that a metric that reads more than marginals would show.
inline JointPrediction with_marginals(const Vector& mean, const Vector& sigma) {
  const Index n = mean.size();
  RowMatrix factor(n, 2);
  for (Index i = 0; i < n; ++i) {
    const double size = std::sqrt(0.6) * sigma(i);
    factor(i, 0) = i % 2 == 0 ? 0.6 * size : -0.8 * size;
    factor(i, 1) = i % 2 == 0 ? 0.8 * size : 0.6 * size;
  }
  JointPrediction p;
  p.mean = mean;
  p.latent = Covariance::from_factor(factor);
  p.noise_variance = 0.4 * sigma.cwiseAbs2();
  return p;
}

/// Targets and predictions for `pool` far-off points, which must not count, then for the given ones.
struct CalibrationCase {
  CalibrationCase(const Vector& y, const Vector& mean, const Vector& sigma, Index pool = 0) {
    const auto behind = [pool](const Vector& values, double before) {
      Vector all(pool + values.size());
      all << Vector::Constant(pool, before), values;
      return all;
    };
    evaluation = {.y = behind(y, 1e3), .n_pool = pool, .oracle = std::nullopt};
    prediction = with_marginals(behind(mean, -5), behind(sigma, 0.01));
  }

  EvaluationData evaluation;
  JointPrediction prediction;
};

/// n points predicted as N(mean, sigma^2), whose errors are N(0, (factor sigma)^2).
inline CalibrationCase drawn_case(Index n, double factor, std::uint64_t seed) {
  Stream stream(seed);
  const Vector sigma = (0.3 * stream.normals(n)).array().exp(), mean = 2 * stream.normals(n);
  return {mean + factor * sigma.cwiseProduct(stream.normals(n)), mean, sigma};
}

inline Json curves(const std::string& metric, const CalibrationCase& c) {
  return Registry<Metric>::instance().make({.name = metric}, "test").object->result(c.evaluation, c.prediction).curves;
}

/// The score of one part; fails the test where it is absent.
inline double part(const std::string& metric, const std::string& name, const EvaluationData& evaluation,
                   const JointPrediction& prediction) {
  for (const Score& s : scores(metric, evaluation, prediction))
    if (s.part == name) {
      INFO(s.key().text() << " " << s.reason);
      REQUIRE(s.value.has_value());
      return *s.value;
    }
  FAIL(metric << " has no part " << name);
  return 0;
}

inline double part(const std::string& metric, const std::string& name, const CalibrationCase& c) {
  return part(metric, name, c.evaluation, c.prediction);
}

/// Why the scores are absent: the reason of all of them, or the parts that disagree.
inline std::string reason(const std::string& metric, const CalibrationCase& c) {
  std::string one;
  for (const Score& s : scores(metric, c.evaluation, c.prediction)) {
    if (s.value || s.reason.empty() || (!one.empty() && one != s.reason)) return "not absent alike: " + s.key().text();
    one = s.reason;
  }
  return one;
}

/// Every score and curve of `metric` against calibration_metrics_reference.json.
inline void check_against_reference(const std::string& metric, double tolerance = 1e-8) {
  for (const Json& json : reference("calibration_metrics_reference.json").at("cases"))
    for (const Index pool : {0, 3}) {
      const CalibrationCase c(vector(json.at("y")), vector(json.at("mean")), vector(json.at("sigma")), pool);
      const Json& expected = json.at(metric);
      INFO(json.at("name") << " with a pool of " << pool);
      for (const Score& s : scores(metric, c.evaluation, c.prediction)) {
        INFO(s.key().text() << " " << s.reason);
        REQUIRE(s.value.has_value());
        CHECK(*s.value == close(expected.at(s.part).get<double>(), tolerance));
      }
      const Json drawn = curves(metric, c);
      REQUIRE(drawn.size() == expected.at("curves").size());
      for (const auto& [name, values] : expected.at("curves").items()) {
        INFO("curve " << name);
        CHECK(difference(vector(drawn.at(name)), vector(values)) < tolerance);
      }
    }
}

}  // namespace predcorr::test
