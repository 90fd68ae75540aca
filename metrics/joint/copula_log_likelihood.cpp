// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"

namespace predcorr::metrics {
namespace {

/// What correlations add to the joint log-likelihood: joint_log_likelihood - marginal_log_likelihood, the log density
/// of the Gaussian copula at the test points, per point. With z the standardised residuals and R the correlations of y,
/// (log N(z; 0, R) - sum_i log N(z_i; 0, 1)) / n (Sklar's theorem). 0 for independent predictions, and above where the
/// correlations explain the residuals. Means and error bars enter through z: residuals that are too large for their
/// error bars make every correlation dearer. Absent where y's covariance is singular (metrics/gaussian.hpp).
/// Cost: that of the joint density.
class CopulaLogLikelihood : public Metric {
 public:
  explicit CopulaLogLikelihood(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "copula_log_likelihood",
             .unit = "nats per point",
             .direction = Direction::higher,
             .meaning = "what correlations add to the joint log density of the test set, divided by its size"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    return joint_density_cost(test_part(evaluation, prediction));
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    return {joint_density(evaluation.test_targets(), test_part(evaluation, prediction)).copula /
            static_cast<double>(evaluation.n_test())};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return joint_densities(targets, test_part(evaluation, prediction)).copula.transpose() /
           static_cast<double>(evaluation.n_test());
  }
};

PREDCORR_REGISTER(Metric, "copula_log_likelihood", CopulaLogLikelihood, NoParameters,
                  "what correlations add to the joint log density of the test set", "Sklar 1959; Nelsen 2006");

}  // namespace
}  // namespace predcorr::metrics
