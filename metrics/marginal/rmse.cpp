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

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Vector error = evaluation.test_targets() - prediction.mean.tail(evaluation.n_test());
    return {root_mean_square(error)};
  }
};

PREDCORR_REGISTER(Metric, "rmse", Rmse, NoParameters, "root mean square error of the mean", "");

}  // namespace
}  // namespace predcorr::metrics
