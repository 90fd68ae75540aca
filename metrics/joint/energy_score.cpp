// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numbers>

#include "metrics/gaussian.hpp"
#include "metrics/joint/joint_scores.hpp"

namespace predcorr::metrics {
namespace {

struct EnergyScoreParameters {
  int points = 1000;
  static Fields<EnergyScoreParameters> fields() {
    return {field("points", &EnergyScoreParameters::points, between(1, 10000),
                  "test points taken together, drawn by their targets, where there are more")};
  }
};

/// Energy score of the test points together: E|Y - y| - E|Y - Y'| / 2, Y and Y' independent draws of the prediction,
/// | | the Euclidean length. Both means are lengths of Gaussian vectors and are computed to rounding, without sampling.
/// Proper; with one point it is the CRPS. It grows with the square root of the number of points and sees correlations
/// less than the log density does (Pinson & Tastu 2013). Cost: 4 points^3 / 3, 0.15 s at 1000 points.
/// Source: Gneiting & Raftery 2007, section 4.3. Departure: the sign is that of a loss.
class EnergyScore : public Metric {
 public:
  explicit EnergyScore(EnergyScoreParameters p) : p_(p) {}

  std::vector<ScoreInfo> describe() const override {
    return {{.name = "energy_score",
             .unit = "target units",
             .direction = Direction::lower,
             .meaning = "energy score of the test points together"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    const double n = static_cast<double>(std::min<Index>(evaluation.n_test(), p_.points));
    return n * n + 250 * n;
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const TestSample sample(evaluation, prediction, p_.points);
    const MeanLength mean_length(observed_covariance(sample.prediction));
    const Vector error = sample.y - sample.prediction.mean;
    return {mean_length(error) - 0.5 * mean_length(Vector::Zero(error.size()), std::numbers::sqrt2)};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    const TestSample sample(evaluation, prediction, p_.points);
    const MeanLength mean_length(observed_covariance(sample.prediction));
    const Matrix errors = targets(sample.points, Eigen::all).colwise() - sample.prediction.mean;
    const double spread = 0.5 * mean_length(Vector::Zero(errors.rows()), std::numbers::sqrt2);
    return (mean_length.of_columns(errors).array() - spread).matrix().transpose();
  }

  EnergyScoreParameters p_;
};

PREDCORR_REGISTER(Metric, "energy_score", EnergyScore, EnergyScoreParameters,
                  "energy score of the test points together", "Gneiting & Raftery 2007");

}  // namespace
}  // namespace predcorr::metrics
