// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"

namespace predcorr::metrics {
namespace {

/// log N(y; mean, C_y) / n over the whole test set. Absent where C_y is singular (metrics/gaussian.hpp).
class JointLogLikelihood : public Metric {
 public:
  explicit JointLogLikelihood(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "joint_log_likelihood",
             .unit = "nats per point",
             .direction = Direction::higher,
             .meaning = "log density of the whole test set together, divided by its size",
             .head = "joint LL",
             .default_column = 20}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    return joint_density_cost(test_part(evaluation, prediction));
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    return {joint_log_density(evaluation.test_targets(), test_part(evaluation, prediction)) /
            static_cast<double>(evaluation.n_test())};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    const JointDensities all = joint_densities(targets, test_part(evaluation, prediction));
    return (all.marginal + all.copula).transpose() / static_cast<double>(evaluation.n_test());
  }
};

PREDCORR_REGISTER(Metric, "joint_log_likelihood", JointLogLikelihood, NoParameters,
                  "log density of the whole test set together, per point", "Gneiting & Raftery 2007");

}  // namespace
}  // namespace predcorr::metrics
