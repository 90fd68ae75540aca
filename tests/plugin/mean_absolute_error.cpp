// SPDX-License-Identifier: Apache-2.0
#include <predcorr/plugin.hpp>

namespace {

using namespace predcorr;

struct MeanAbsoluteError : Metric {
  explicit MeanAbsoluteError(NoParameters) {}
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "mean_absolute_error",
             .unit = "target units",
             .direction = Direction::lower,
             .meaning = "mean absolute error of the mean",
             .head = "MAE",
             .default_column = 15}};  // behind the RMSE
  }
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& p) const override {
    const Vector error = evaluation.test_targets() - p.mean.tail(evaluation.n_test());
    return {error.cwiseAbs().mean()};
  }
};

PREDCORR_REGISTER(Metric, "mean_absolute_error", MeanAbsoluteError, NoParameters, "mean absolute error", "");

}  // namespace
