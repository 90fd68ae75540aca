// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"

namespace predcorr::metrics {
namespace {

/// KL(N(oracle) || N(model)) of y at all test points together, divided by their number: the joint log-likelihood that a
/// model gives away on average over what could have come true, without the luck of one draw. 0 for the oracle alone.
/// Absent where the truth is not known, or the model's covariance of y is singular, which makes it infinite
/// (metrics/gaussian.hpp). Dense.  Cost: 5 n^3 / 3.
class KlFromOracle : public Metric {
 public:
  explicit KlFromOracle(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    return {
        {.name = "kl_from_oracle",
         .unit = "nats per point",
         .direction = Direction::lower,
         .meaning = "divergence from the true posterior of y at the test points together, divided by their number"}};
  }

  /// Its scores do not depend on y.
  double draw_cost(const EvaluationData&, const JointPrediction&) const override {
    return std::numeric_limits<double>::infinity();
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    require(evaluation.oracle.has_value(), ErrorKind::data, "the true posterior of this data set is not known");
    return {kl_divergence(test_part(evaluation, *evaluation.oracle), test_part(evaluation, prediction)) /
            static_cast<double>(evaluation.n_test())};
  }
};

PREDCORR_REGISTER(Metric, "kl_from_oracle", KlFromOracle, NoParameters,
                  "divergence from the true posterior of the test points together", "Kullback & Leibler 1951");

}  // namespace
}  // namespace predcorr::metrics
