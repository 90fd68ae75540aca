// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"

namespace predcorr::metrics {
namespace {

/// Dawid-Sebastiani score of the whole test set, divided by its size: (log |C_y| + (y - m)' C_y^-1 (y - m)) / n, the
/// logarithm that of target units. A proper score of any prediction with these two moments, and for a Gaussian one
/// affine in its joint log density: -2 joint LL - log(2 pi). So it ranks as that does; what the density does not show
/// is its two parts, how sharp a prediction is (log_determinant, the logarithm of the generalised variance) and how far
/// off in its own deviations (mahalanobis, 1 on average where calibrated, the same as whitened_chi_square.joint).
/// Absent where C_y is singular (metrics/gaussian.hpp). Cost: that of the joint density.
/// Source: Dawid & Sebastiani 1999; Gneiting & Raftery 2007, section 4.1. Departures: a loss, divided by n.
class DawidSebastiani : public Metric {
 public:
  explicit DawidSebastiani(NoParameters) {}

  std::vector<ScoreInfo> describe() const override {
    const auto info = [](const char* part, Direction direction, const char* meaning) {
      return ScoreInfo{.name = "dawid_sebastiani", .part = part, .direction = direction, .meaning = meaning};
    };
    return {info("score", Direction::lower,
                 "log determinant plus squared Mahalanobis distance, per point; for Gaussians -2 joint LL - log 2 pi"),
            info("log_determinant", Direction::none, "log determinant of y's covariance per point: less is sharper"),
            info("mahalanobis", Direction::none,
                 "squared Mahalanobis distance of the targets per point; 1 where "
                 "calibrated")};
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const JointDensity density = joint_density(evaluation.test_targets(), test_part(evaluation, prediction));
    const double points = static_cast<double>(density.points);
    return {(density.log_determinant + density.whitened_square) / points, density.log_determinant / points,
            density.whitened_square / points};
  }
};

PREDCORR_REGISTER(Metric, "dawid_sebastiani", DawidSebastiani, NoParameters,
                  "log determinant and squared Mahalanobis distance of the whole test set", "Dawid & Sebastiani 1999");

}  // namespace
}  // namespace predcorr::metrics
