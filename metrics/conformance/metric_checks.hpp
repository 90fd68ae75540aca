// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/plugins/conformance.hpp"
#include "metrics/conformance/scenes.hpp"

namespace predcorr::conformance {

/// One metric of one prediction under test.
class MetricTrial {
 public:
  /// @param metric must outlive the trial
  explicit MetricTrial(const Metric& metric) : metric_(metric) {}
  const Metric& metric() const { return metric_; }

  /// Values in the order of describe(), and curves. What is thrown but an Error of the metric's own becomes a Failure;
  /// its own is none: every value is then absent.
  MetricResult result(const predcorr::EvaluationData& evaluation, const JointPrediction& p) const;

  /// The values alone.
  std::vector<std::optional<double>> values(const predcorr::EvaluationData& evaluation,
                                            const JointPrediction& p) const {
    return result(evaluation, p).values;
  }
  std::vector<std::optional<double>> values(const Scene& scene) const {
    return values(scene.evaluation, scene.prediction);
  }

 private:
  const Metric& metric_;
};

/// A metric of several predictions together under test.
class CrossMetricTrial {
 public:
  explicit CrossMetricTrial(const CrossMetric& metric) : metric_(metric) {}
  const CrossMetric& metric() const { return metric_; }

  /// Scores of each contender by key. Whatever is thrown becomes a Failure.
  std::vector<ContenderScores> scores(const Vector& y, const std::vector<Contender>& contenders) const;

 private:
  const CrossMetric& metric_;
};

using MetricCheck = CheckOf<MetricTrial>;
using CrossMetricCheck = CheckOf<CrossMetricTrial>;

/// Descriptions, values, curves; the same bits again and on more threads; order of points and form of the covariance;
/// many targets at once.
const std::vector<MetricCheck>& metric_checks();
const std::vector<CrossMetricCheck>& cross_metric_checks();

/// All, as questions about one trial, which must outlive them.
std::vector<Question> metric_questions(MetricTrial& trial);
std::vector<Question> cross_metric_questions(CrossMetricTrial& trial);

}  // namespace predcorr::conformance
