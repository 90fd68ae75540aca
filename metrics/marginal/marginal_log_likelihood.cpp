// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

/// mean_i log N(y_i; mean_i, C_y,ii) over the test points.
class MarginalLogLikelihood : public Metric {
 public:
  explicit MarginalLogLikelihood(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "marginal_log_likelihood",
             .unit = "nats per point",
             .direction = Direction::higher,
             .meaning = "mean log density of each test point by itself",
             .head = "marginal LL",
             .default_column = 50}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return 10 * static_cast<double>(evaluation.n_test());
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Index n = evaluation.n_test();
    const JointPrediction p = test_part(evaluation, prediction);
    return {marginal_log_density(evaluation.test_targets(), p.mean, held_variance(p)) / static_cast<double>(n)};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    const JointPrediction p = test_part(evaluation, prediction);
    const Vector variance = held_variance(p);
    Matrix all(1, targets.cols());
    for (Index draw = 0; draw < targets.cols(); ++draw)
      all(draw) = marginal_log_density(targets.col(draw), p.mean, variance) / static_cast<double>(evaluation.n_test());
    return all;
  }
};

PREDCORR_REGISTER(Metric, "marginal_log_likelihood", MarginalLogLikelihood, NoParameters,
                  "mean log density of each test point by itself", "Gneiting & Raftery 2007");

}  // namespace
}  // namespace predcorr::metrics
