// SPDX-License-Identifier: Apache-2.0
#include "metrics/metric.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

/// sqrt(mean (y - mean)^2) over the test points.
class Rmse : public Metric {
 public:
  explicit Rmse(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "rmse",
             .unit = "target units",
             .direction = Direction::lower,
             .meaning = "root mean square error of the mean",
             .head = "RMSE",
             .default_column = 10}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return 2 * static_cast<double>(evaluation.n_test());
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Vector error = evaluation.test_targets() - prediction.mean.tail(evaluation.n_test());
    return {root_mean_square(error)};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    Matrix all(1, targets.cols());
    for (Index draw = 0; draw < targets.cols(); ++draw)
      all(draw) = root_mean_square(targets.col(draw) - prediction.mean.tail(evaluation.n_test()));
    return all;
  }
};

PREDCORR_REGISTER(Metric, "rmse", Rmse, NoParameters, "root mean square error of the mean", "");

}  // namespace
}  // namespace predcorr::metrics
